; Types of the same module are visible without an import; what an extension adds belongs to the type it names.
(import_declaration) @import
[(comment) (multiline_comment)] @comment

(class_declaration declaration_kind: ["class" "actor"] name: (type_identifier) @name) @class
(class_declaration declaration_kind: "struct" name: (type_identifier) @name) @struct
(class_declaration declaration_kind: "enum" name: (type_identifier) @name) @enum
(class_declaration declaration_kind: "extension" name: (_) @name) @members
(protocol_declaration name: (_) @name) @interface
((enum_entry name: (simple_identifier) @name) @member (#set! flag "static"))
(function_declaration name: (simple_identifier) @name) @function
(function_declaration name: (simple_identifier) @name "->" . (_) @returns) @function
((protocol_function_declaration name: (simple_identifier) @name) @method (#set! flag "abstract declared"))
((init_declaration name: "init" @name) @method)
((deinit_declaration "deinit" @name) @method)
((subscript_declaration "subscript" @name) @method)
(property_declaration name: (pattern . bound_identifier: (simple_identifier) @name) . (type_annotation (_) @annotation)) @variable
(property_declaration name: (pattern . bound_identifier: (simple_identifier) @name) . value: (_) @value) @variable
(property_declaration name: (pattern . bound_identifier: (simple_identifier) @name) .
  (type_annotation (_) @annotation) . value: (_) @value) @variable
(property_declaration name: (pattern . bound_identifier: (simple_identifier) @name)) @variable
(protocol_property_declaration name: (pattern bound_identifier: (_) @name) (type_annotation (_) @annotation)) @attribute
(typealias_declaration name: (type_identifier) @name . (_) @annotation) @type
(associatedtype_declaration name: (_) @name) @type

((_ (modifiers (visibility_modifier ["public" "open"]))) @of @mark (#set! flag "exported"))
((_ (modifiers (visibility_modifier ["private" "fileprivate"]))) @of @mark (#set! flag "private"))
((_ (modifiers (property_modifier ["static" "class"]))) @of @mark (#set! flag "static"))
((function_declaration "class") @of @mark (#set! flag "static"))
((_ (modifiers (member_modifier "override"))) @of @mark (#set! flag "override"))
((_ (modifiers (inheritance_modifier "final"))) @of @mark (#set! flag "final"))
((function_declaration "async") @of @mark (#set! flag "async"))
((function_declaration name: (simple_identifier) @n) @of @mark (#match? @n "^test[A-Z_]") (#set! flag "test"))
(_ (modifiers (attribute (user_type) @decorator))) @of

(_ (inheritance_specifier inherits_from: (user_type) @base)) @of

(_ (parameter (simple_identifier) @name . (parameter_modifiers)? . (_) @annotation .) @parameter) @of
(_ (parameter (simple_identifier) @name . (parameter_modifiers)? . (_) @annotation .) @parameter
  . "=" . default_value: (_) @default) @of
((_ (parameter (simple_identifier) @name . (parameter_modifiers)? . (_) . "...") @parameter) @of
  (#set! parameter "rest"))
(lambda_parameter name: (simple_identifier) @binding)
(for_statement item: (pattern bound_identifier: (simple_identifier) @binding))
(for_statement item: (pattern (pattern bound_identifier: (simple_identifier) @binding)))
(property_declaration name: (pattern (pattern bound_identifier: (simple_identifier) @binding)))
(if_statement bound_identifier: (simple_identifier) @binding)
(if_statement (pattern bound_identifier: (simple_identifier) @binding))
(guard_statement bound_identifier: (simple_identifier) @binding)
(guard_statement (pattern bound_identifier: (simple_identifier) @binding))
(while_statement bound_identifier: (simple_identifier) @binding)
(switch_pattern (pattern (pattern bound_identifier: (simple_identifier) @binding)))
(switch_pattern (pattern bound_identifier: (simple_identifier) @binding))
(catch_block error: (pattern bound_identifier: (simple_identifier) @binding))
(type_parameter (type_identifier) @binding)

(call_expression . [(simple_identifier) (navigation_expression) (prefix_expression) (user_type)] @callee
  (call_suffix (value_arguments)? @arguments (lambda_literal)? @arguments)) @call
(statements ((call_expression . [(simple_identifier) (navigation_expression)] @callee) @call) (#set! flag "discarded"))
(constructor_expression constructed_type: (_) @callee (constructor_suffix (value_arguments)? @arguments)) @call
(navigation_expression target: (simple_identifier)) @use
(simple_identifier) @use
(user_type) @use.type
(navigation_suffix suffix: (simple_identifier) @ignore)
(value_argument_label (simple_identifier) @ignore)
(parameter external_name: (simple_identifier) @ignore)
(enum_type_parameters (simple_identifier) @ignore)
((call_expression . (simple_identifier) @f (call_suffix (value_arguments (value_argument) @text))) @hole
  (#eq? @f "fatalError") (#match? @text "(not implemented|unimplemented|TODO)"))
