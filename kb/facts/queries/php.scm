; A class is known by its name within a namespace; `$` belongs to the names of variables.
(namespace_definition name: (_) @package !body)
(namespace_use_declaration) @import
(expression_statement [
  (require_expression) (require_once_expression) (include_expression) (include_once_expression)
] @import)
(comment) @comment

(namespace_definition name: (_) @name body: (_)) @module
((class_declaration name: (_) @name) @class (#set! flag "exported"))
((interface_declaration name: (_) @name) @interface (#set! flag "exported"))
((trait_declaration name: (_) @name) @class (#set! flag "exported"))
((enum_declaration name: (_) @name) @enum (#set! flag "exported"))
((enum_case name: (_) @name) @member (#set! flag "exported static"))
((method_declaration name: (_) @name return_type: (_)? @returns) @method (#set! flag "exported"))
((function_definition name: (_) @name return_type: (_)? @returns) @function (#set! flag "exported"))
((const_declaration (const_element . (name) @name)) @constant (#set! flag "exported static"))
((property_declaration type: (_)? @annotation (property_element name: (variable_name (name) @name))) @attribute
  (#set! flag "exported"))
((property_promotion_parameter type: (_)? @annotation name: (variable_name (name) @name)) @attribute
  (#set! flag "exported"))
((anonymous_class body: (_) @members) (#set! name "<object>"))
((function_call_expression function: (name) @f arguments: (arguments . (argument (string (string_content) @name)))) @constant
  (#eq? @f "define"))

((_ (visibility_modifier "private")) @of @mark (#set! flag "private"))
((_ (visibility_modifier "protected")) @of @mark (#set! flag "private"))
((_ (static_modifier)) @of @mark (#set! flag "static"))
((_ (abstract_modifier)) @of @mark (#set! flag "abstract"))
((_ (final_modifier)) @of @mark (#set! flag "final"))
((_ (readonly_modifier)) @of @mark (#set! flag "readonly"))
((interface_declaration body: (declaration_list (method_declaration) @of)) @mark (#set! flag "abstract declared"))
((method_declaration name: (_) @n) @of @mark (#match? @n "^test[A-Z_]") (#set! flag "test"))
(_ attributes: (attribute_list (attribute_group (attribute . (_) @decorator)))) @of

(_ (base_clause [(name) (qualified_name)] @base)) @of
(_ (class_interface_clause [(name) (qualified_name)] @base)) @of
(_ body: (declaration_list (use_declaration [(name) (qualified_name)] @base))) @of

(_ parameters: (formal_parameters (_ type: (_)? @annotation name: (variable_name) @name) @parameter)) @of
(_ parameters: (formal_parameters (_ name: (variable_name) @name default_value: (_) @default) @parameter)) @of
((_ parameters: (formal_parameters (variadic_parameter name: (variable_name) @name) @parameter)) @of
  (#set! parameter "rest"))
(assignment_expression left: (variable_name) @binding right: (_) @value)
(assignment_expression left: (list_literal (variable_name) @binding))
(foreach_statement (variable_name) @binding body: (_))
(foreach_statement (pair (variable_name) @binding))
(catch_clause type: (type_list (_) @annotation) name: (variable_name) @binding)
(static_variable_declaration name: (variable_name) @binding)
(global_declaration (variable_name) @binding)

(function_call_expression function: [(name) (qualified_name) (variable_name)] @callee arguments: (_) @arguments) @call
(expression_statement ((function_call_expression function: [(name) (qualified_name)] @callee arguments: (_) @arguments) @call)
  (#set! flag "discarded"))
(member_call_expression object: (_) @receiver name: (name) @callee arguments: (_) @arguments) @call
(nullsafe_member_call_expression object: (_) @receiver name: (name) @callee arguments: (_) @arguments) @call
(scoped_call_expression scope: (_) @receiver name: (name) @callee arguments: (_) @arguments) @call
(expression_statement ((member_call_expression name: (name) @callee arguments: (_) @arguments) @call)
  (#set! flag "discarded"))
(expression_statement ((scoped_call_expression name: (name) @callee arguments: (_) @arguments) @call)
  (#set! flag "discarded"))
((object_creation_expression [(name) (qualified_name)] @callee (arguments)? @arguments) @call (#set! flag "new"))
(class_constant_access_expression . [(name) (qualified_name) (relative_scope)] . (name)) @use
(scoped_property_access_expression scope: (name)) @use
(binary_expression operator: "instanceof" right: [(name) (qualified_name)] @use)
(attribute . (_) @use)
(named_type) @use.type
((throw_expression (object_creation_expression [(name) (qualified_name)] @t)) @hole (#match? @t "NotImplemented"))
((throw_expression (object_creation_expression (arguments (argument (_) @text)))) @hole
  (#match? @text "not (yet )?implemented"))
