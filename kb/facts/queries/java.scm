(package_declaration (_) @package)
(import_declaration) @import
[(line_comment) (block_comment)] @comment

(class_declaration name: (_) @name) @class
(record_declaration name: (_) @name) @class
(interface_declaration name: (_) @name) @interface
(annotation_type_declaration name: (_) @name) @interface
(enum_declaration name: (_) @name) @enum
((enum_constant name: (_) @name) @member (#set! flag "static exported"))
(method_declaration type: (_) @returns name: (_) @name) @method
((constructor_declaration name: (_) @name) @method (#set! name "<init>"))
((compact_constructor_declaration name: (_) @name) @method (#set! name "<init>"))
((object_creation_expression (class_body) @members) (#set! name "<object>"))
((enum_constant body: (class_body) @members) (#set! name "<object>"))
(field_declaration type: (_) @annotation declarator: (variable_declarator name: (identifier) @name)) @attribute
(constant_declaration type: (_) @annotation declarator: (variable_declarator name: (identifier) @name)) @constant

((_ (modifiers "public")) @of @mark (#set! flag "exported"))
((_ (modifiers "private")) @of @mark (#set! flag "private"))
((_ (modifiers "static")) @of @mark (#set! flag "static"))
((_ (modifiers "abstract")) @of @mark (#set! flag "abstract"))
((_ (modifiers "final")) @of @mark (#set! flag "final"))
((interface_body (method_declaration !body) @of) @mark (#set! flag "abstract declared"))
((interface_body (method_declaration) @of) @mark (#set! flag "exported"))
((_ (modifiers (marker_annotation name: (_) @n))) @of @mark
  (#match? @n "^(Test|ParameterizedTest|RepeatedTest)$") (#set! flag "test"))
((_ (modifiers (marker_annotation name: (_) @n))) @of @mark (#eq? @n "Override") (#set! flag "override"))
(_ (modifiers [(marker_annotation name: (_) @decorator) (annotation name: (_) @decorator)])) @of

(class_declaration superclass: (superclass (_) @base)) @of
(_ interfaces: (super_interfaces (type_list (_) @base))) @of
(interface_declaration (extends_interfaces (type_list (_) @base))) @of

(_ parameters: (formal_parameters (formal_parameter type: (_) @annotation name: (_) @name) @parameter)) @of
((_ parameters: (formal_parameters
  (spread_parameter (_) @annotation (variable_declarator name: (_) @name)) @parameter)) @of
  (#set! parameter "rest"))
(lambda_expression parameters: (identifier) @binding)
(inferred_parameters (identifier) @binding)
(local_variable_declaration type: (_) @annotation
  declarator: (variable_declarator name: (identifier) @binding value: (_)? @value))
(enhanced_for_statement type: (_) @annotation name: (identifier) @binding)
(catch_formal_parameter (catch_type (_) @annotation) name: (identifier) @binding)
(resource type: (_) @annotation name: (identifier) @binding)
(instanceof_expression right: (_) @annotation name: (identifier) @binding)
(record_pattern_component (_) @annotation (identifier) @binding)
(type_parameter (type_identifier) @binding)

(method_invocation !object name: (_) @callee arguments: (_) @arguments) @call
(method_invocation object: (_) @receiver name: (_) @callee arguments: (_) @arguments) @call
(expression_statement ((method_invocation name: (_) @callee arguments: (_) @arguments) @call)
  (#set! flag "discarded"))
((object_creation_expression type: (_) @callee arguments: (_) @arguments) @call (#set! flag "new"))
(explicit_constructor_invocation constructor: (_) @callee arguments: (_) @arguments) @call
(method_reference . (_) @receiver (identifier) @name .) @use
(field_access object: (identifier) field: (identifier)) @use
(identifier) @use
(type_identifier) @use.type
(scoped_type_identifier) @use.type
(labeled_statement (identifier) @ignore)
(break_statement (identifier) @ignore)
(continue_statement (identifier) @ignore)
(element_value_pair key: (identifier) @ignore)
(switch_label (identifier) @ignore)
((throw_statement (object_creation_expression type: (_) @t)) @hole
  (#match? @t "^(NotImplementedException|NotImplementedError)$"))
