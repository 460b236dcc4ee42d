(file_scoped_namespace_declaration name: (_) @package)
(using_directive) @import
(comment) @comment

(namespace_declaration name: (_) @name) @module
(class_declaration name: (_) @name) @class
(record_declaration name: (_) @name) @class
(struct_declaration name: (_) @name) @struct
(interface_declaration name: (_) @name) @interface
(enum_declaration name: (_) @name) @enum
((enum_member_declaration name: (_) @name) @member (#set! flag "exported static"))
(delegate_declaration name: (_) @name) @type
(method_declaration returns: (_) @returns name: (_) @name) @method
(local_function_statement type: (_) @returns name: (_) @name) @function
((constructor_declaration name: (_) @name) @method (#set! name "<init>"))
((record_declaration name: (_) (parameter_list) @method) (#set! name "<init>") (#set! flag "exported"))
((property_declaration type: (_) @annotation name: (_) @name) @attribute (#set! flag "property"))
(field_declaration (variable_declaration type: (_) @annotation (variable_declarator name: (_) @name))) @attribute
(event_field_declaration (variable_declaration type: (_) @annotation (variable_declarator name: (_) @name))) @attribute

((_ (modifier "public")) @of @mark (#set! flag "exported"))
((_ (modifier "private")) @of @mark (#set! flag "private"))
((_ (modifier "static")) @of @mark (#set! flag "static"))
((_ (modifier "abstract")) @of @mark (#set! flag "abstract"))
((_ (modifier "override")) @of @mark (#set! flag "override"))
((_ (modifier "sealed")) @of @mark (#set! flag "final"))
((_ (modifier "async")) @of @mark (#set! flag "async"))
((_ (modifier "readonly")) @of @mark (#set! flag "readonly"))
((interface_declaration body: (declaration_list (method_declaration !body) @of)) @mark
  (#set! flag "abstract declared exported"))
((_ (attribute_list (attribute name: (_) @n))) @of @mark
  (#match? @n "^(Test|TestCase|TestMethod|Fact|Theory)$") (#set! flag "test"))
(_ (attribute_list (attribute name: (_) @decorator))) @of

(_ (base_list [
  (identifier) (qualified_name) (generic_name) (alias_qualified_name)
] @base)) @of
(_ (base_list (primary_constructor_base_type type: (_) @base))) @of

(_ parameters: (parameter_list (parameter type: (_) @annotation name: (_) @name) @parameter)) @of
(_ parameters: (parameter_list (parameter name: (_) @name "=" (_) @default) @parameter)) @of
((_ parameters: (parameter_list "params" . (_) @annotation . (identifier) @name @parameter)) @of
  (#set! parameter "rest"))
((_ parameters: (parameter_list . (parameter (modifier) @m))) @of @mark (#eq? @m "this") (#set! flag "classmethod"))
(record_declaration (parameter_list (parameter type: (_) @annotation name: (_) @name) @parameter) @of)
((record_declaration (parameter_list (parameter type: (_) @annotation name: (_) @name) @attribute))
  (#set! flag "exported property"))
(lambda_expression parameters: (implicit_parameter) @binding)
(local_declaration_statement (variable_declaration type: (_) @annotation
  (variable_declarator . (identifier) @binding . (_)? @value .)))
(foreach_statement type: (_) @annotation left: (identifier) @binding)
(using_statement (variable_declaration type: (_) @annotation (variable_declarator . (identifier) @binding . (_)? @value .)))
(for_statement (variable_declaration type: (_) @annotation (variable_declarator name: (_) @binding)))
(catch_declaration type: (_) @annotation name: (_) @binding)
(declaration_expression type: (_) @annotation name: (_) @binding)
(declaration_pattern type: (_) @annotation name: (_) @binding)
(type_parameter name: (identifier) @binding)

(invocation_expression function: [
  (identifier) (generic_name) (member_access_expression) (conditional_access_expression)
] @callee arguments: (_) @arguments) @call
(expression_statement ((invocation_expression function: [
  (identifier) (generic_name) (member_access_expression)
] @callee arguments: (_) @arguments) @call) (#set! flag "discarded"))
((object_creation_expression type: (_) @callee arguments: (_)? @arguments) @call (#set! flag "new"))
(constructor_initializer ["base" "this"] @callee (argument_list) @arguments) @call
(member_access_expression expression: (identifier)) @use
(identifier) @use
(qualified_name) @use.type
(member_access_expression name: (identifier) @ignore)
(member_binding_expression name: (identifier) @ignore)
(argument name: (identifier) @ignore)
(labeled_statement (identifier) @ignore)
(initializer_expression (assignment_expression left: (identifier) @ignore))
((throw_statement (object_creation_expression type: (_) @t)) @hole (#eq? @t "NotImplementedException"))
((throw_expression (object_creation_expression type: (_) @t)) @hole (#eq? @t "NotImplementedException"))
