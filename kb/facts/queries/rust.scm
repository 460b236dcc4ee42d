(use_declaration) @import
((use_declaration (visibility_modifier)) @import (#set! flag "exported"))
(extern_crate_declaration) @import
(mod_item !body) @import
[(line_comment) (block_comment)] @comment

(function_item name: (_) @name return_type: (_)? @returns) @function
((function_signature_item name: (_) @name return_type: (_)? @returns) @function (#set! flag "declared abstract"))
(struct_item name: (_) @name) @struct
(union_item name: (_) @name) @struct
(enum_item name: (_) @name) @enum
(trait_item name: (_) @name) @interface
((macro_definition name: (_) @name) @function (#set! suffix "!"))
(mod_item name: (_) @name body: (_)) @module
((enum_variant name: (_) @name) @member (#set! flag "exported static"))
(field_declaration name: (_) @name type: (_) @annotation) @attribute
(const_item name: (_) @name type: (_) @annotation) @constant
(static_item name: (_) @name type: (_) @annotation) @variable
(type_item name: (_) @name type: (_) @value) @type
(associated_type name: (_) @name) @type

(impl_item type: (_) @name) @members
; What a type implements is a base of it: seen from the impl, which lends the type's name.
(impl_item trait: (_) @base) @of
(trait_item bounds: (trait_bounds [(type_identifier) (scoped_type_identifier) (generic_type)] @base)) @of

((_ (visibility_modifier)) @of @mark (#set! flag "exported"))
((trait_item (declaration_list (_) @of)) @mark (#set! flag "exported"))
((function_item (function_modifiers "async")) @of @mark (#set! flag "async"))
((impl_item (declaration_list (function_item parameters: (parameters) @p) @of)) @mark
  (#not-match? @p "^\\(\\s*(&\\s*('\\w+\\s*)?)?(mut\\s+)?self\\b") (#set! flag "static"))
((attribute_item (attribute (_) @n)) . (function_item) @of @mark (#match? @n "(^|::)(test|rstest|bench)$") (#set! flag "test"))
((attribute_item (attribute . (_) @decorator)) . [(function_item) (struct_item) (enum_item)] @of)

(_ parameters: (parameters (parameter pattern: (_) @name type: (_) @annotation) @parameter)) @of
(_ parameters: (parameters (self_parameter (self) @name) @parameter)) @of
(closure_parameters (identifier) @binding)
(closure_parameters (parameter pattern: (identifier) @binding type: (_) @annotation))
(let_declaration pattern: (identifier) @binding type: (_)? @annotation value: (_)? @value)
(let_declaration pattern: (tuple_pattern (identifier) @binding))
(let_declaration pattern: (tuple_pattern (mut_pattern (identifier) @binding)))
(for_expression pattern: (identifier) @binding)
(for_expression pattern: (tuple_pattern (identifier) @binding))
(tuple_struct_pattern type: (_) (identifier) @binding)
(captured_pattern . (identifier) @binding)
(match_pattern . (identifier) @binding .)
(field_pattern name: (shorthand_field_identifier) @binding)
(type_parameter name: (type_identifier) @binding)

(call_expression function: [(identifier) (scoped_identifier) (field_expression)] @callee arguments: (_) @arguments) @call
(call_expression function: (generic_function function: (_) @callee) arguments: (_) @arguments) @call
(expression_statement ((call_expression function: [(identifier) (scoped_identifier) (field_expression)] @callee
  arguments: (_) @arguments) @call) (#set! flag "discarded"))
((macro_invocation macro: (_) @callee) @call (#set! arguments "unknown") (#set! suffix "!"))
(scoped_identifier) @use
(identifier) @use
(type_identifier) @use.type
(scoped_type_identifier) @use.type
(field_initializer field: (_) @ignore)
(token_tree (identifier) @ignore)
((macro_invocation macro: (identifier) @m) @hole (#any-of? @m "todo" "unimplemented"))
