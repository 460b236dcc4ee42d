(function_declaration name: (_) @name body: (_) @body) @function
(generator_function_declaration name: (_) @name body: (_) @body) @function
(class_declaration (decorator)* @decorator name: (_) @name body: (_) @body) @class
(method_definition name: (_) @name body: (_) @body) @method
(public_field_definition
  (decorator)* @decorator
  name: (_) @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @method
(variable_declarator
  name: (identifier) @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @class
(assignment_expression
  left: [
    (identifier) @name
    (member_expression property: (_) @name)
  ]
  right: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @function
(assignment_expression
  left: [
    (identifier) @name
    (member_expression property: (_) @name)
  ]
  right: (class body: (_) @body)) @class
(pair
  key: [(property_identifier) (string) (private_property_identifier)] @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @function
((export_statement
  value: [
    (arrow_function body: (_) @body)
    (function_expression !name body: (_) @body)
    (generator_function !name body: (_) @body)
  ]) @function (#set! name "default"))
((export_statement value: (class !name body: (_) @body)) @class (#set! name "default"))
(class_body (decorator)+ @decorator . (method_definition name: (_) @name body: (_) @body) @method)
(export_statement
  (decorator)+ @decorator
  declaration: (class_declaration name: (_) @name body: (_) @body) @class) @outer
(abstract_class_declaration (decorator)* @decorator name: (_) @name body: (_) @body) @class
(export_statement
  (decorator)+ @decorator
  declaration: (abstract_class_declaration name: (_) @name body: (_) @body) @class) @outer
(interface_declaration name: (_) @name body: (_) @body) @class
(enum_declaration name: (_) @name body: (_) @body) @class
(abstract_method_signature name: (_) @name) @method
(method_signature name: (_) @name) @method
(function_signature name: (_) @name) @function
(internal_module name: (_) @name body: (_) @body) @scope
(module name: [(identifier) (nested_identifier)] @name body: (_) @body) @scope
