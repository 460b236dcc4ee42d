(preproc_include) @import
(comment) @comment
(namespace_definition name: (_) @name) @module
(class_specifier name: (_) @name body: (_)) @class
(struct_specifier name: (_) @name body: (_)) @struct
(union_specifier name: (_) @name body: (_)) @struct
(enum_specifier name: (_) @name body: (_)) @enum
((enum_specifier !name body: (_) @members))
((enumerator name: (_) @name) @member (#set! flag "static"))
(type_definition type: (struct_specifier !name body: (_)) @struct declarator: (type_identifier) @name)
(type_definition type: (union_specifier !name body: (_)) @struct declarator: (type_identifier) @name)
(type_definition type: (enum_specifier !name body: (_)) @enum declarator: (type_identifier) @name)
(type_definition type: [
    (type_identifier) (primitive_type) (sized_type_specifier) (struct_specifier name: (_)) (enum_specifier name: (_))
    (union_specifier name: (_)) (qualified_identifier) (template_type)
  ] @annotation declarator: [
    (type_identifier) @name
    (pointer_declarator declarator: (type_identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name)))
  ]) @type
((preproc_def name: (_) @name) @constant (#set! around "nothing"))
((preproc_function_def name: (_) @name) @function (#set! around "nothing"))
(preproc_function_def parameters: (preproc_params (identifier) @name @parameter)) @of
((preproc_function_def parameters: (preproc_params "..." @parameter)) @of (#set! parameter "rest"))
(alias_declaration name: (_) @name type: (_) @annotation) @type
((field_declaration_list (access_specifier) @section) (#match? @section "^(private|protected)") (#set! flag "private"))
((field_declaration_list (access_specifier) @section) (#match? @section "^public") (#set! flag "exported"))
(_ (base_class_clause [(type_identifier) (template_type) (qualified_identifier)] @base)) @of
(function_definition type: (_)? @returns declarator: [
    (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name) @of
    (pointer_declarator declarator: (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name) @of)
    (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name) @of))
    (reference_declarator (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name) @of)
  ]) @function
((declaration type: (_)? @returns declarator: [
    (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name) @of
    (pointer_declarator declarator: (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name) @of)
    (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name) @of))
    (reference_declarator (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name) @of)
  ]) @function (#set! flag "declared"))
((field_declaration type: (_)? @returns declarator: [
    (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name) @of
    (pointer_declarator declarator: (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name) @of)
    (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name) @of))
    (reference_declarator (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name) @of)
  ]) @function (#set! flag "declared"))
(declaration type: (_) @annotation declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name))
    (array_declarator declarator: (identifier) @name)
    (reference_declarator (identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name)))
    (init_declarator declarator: (identifier) @name value: (_)? @value)
    (init_declarator declarator: (pointer_declarator declarator: (identifier) @name) value: (_)? @value)
    (init_declarator declarator: (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name)))
    (init_declarator declarator: (array_declarator declarator: (identifier) @name))
    (init_declarator declarator: (reference_declarator (identifier) @name) value: (_)? @value)
  ]) @variable
(field_declaration type: (_) @annotation declarator: [
    (field_identifier) @name
    (pointer_declarator declarator: (field_identifier) @name)
    (pointer_declarator declarator: (pointer_declarator declarator: (field_identifier) @name))
    (array_declarator declarator: (field_identifier) @name)
    (reference_declarator (field_identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name)))
  ]) @attribute
((function_definition (storage_class_specifier) @s) @of @mark (#eq? @s "static") (#set! flag "private"))
((declaration (storage_class_specifier) @s) @of @mark (#eq? @s "static") (#set! flag "private"))
((field_declaration (storage_class_specifier) @s) @of @mark (#eq? @s "static") (#set! flag "static"))
((field_declaration "virtual" default_value: (number_literal)) @of @mark (#set! flag "abstract"))
((_ (function_declarator (virtual_specifier) @s)) @of @mark (#eq? @s "override") (#set! flag "override"))
((_ (function_declarator (virtual_specifier) @s)) @of @mark (#eq? @s "final") (#set! flag "final"))
((function_definition !type declarator: (function_declarator declarator: (identifier) @n)) @of @mark
  (#match? @n "^(TEST|TEST_F|TEST_P|TYPED_TEST|TEST_CASE)$") (#set! flag "test"))

(function_declarator parameters: (parameter_list (parameter_declaration type: (_) @annotation declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name))
    (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
    (array_declarator declarator: (identifier) @name)
    (reference_declarator (identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name)))
  ]) @parameter)) @of
(function_declarator parameters: (parameter_list (parameter_declaration type: (_) @annotation) @parameter)) @of
(function_declarator parameters: (parameter_list (optional_parameter_declaration type: (_) @annotation declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name))
    (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
    (array_declarator declarator: (identifier) @name)
    (reference_declarator (identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name)))
  ] default_value: (_) @default) @parameter)) @of
(function_declarator parameters: (parameter_list (optional_parameter_declaration type: (_) @annotation default_value: (_) @default) @parameter)) @of
((function_declarator parameters: (parameter_list (variadic_parameter_declaration) @parameter)) @of
  (#set! parameter "rest"))
(abstract_function_declarator parameters: (parameter_list (_ type: (_) @annotation declarator: (identifier) @binding)))
(for_range_loop type: (_) @annotation declarator: [(identifier) @binding (reference_declarator (identifier) @binding)])
(type_parameter_declaration (type_identifier) @binding)
(using_declaration (qualified_identifier) @use)

((function_declarator parameters: (parameter_list "..." @parameter)) @of (#set! parameter "rest"))

(call_expression function: [(identifier) (field_expression) (qualified_identifier) (template_function)] @callee arguments: (_) @arguments) @call
(expression_statement ((call_expression function: [(identifier) (field_expression) (qualified_identifier) (template_function)] @callee arguments: (_) @arguments) @call)
  (#set! flag "discarded"))
(identifier) @use
(type_identifier) @use.type
(goto_statement (statement_identifier) @ignore)
((new_expression type: (_) @callee arguments: (_)? @arguments) @call (#set! flag "new"))
(qualified_identifier) @use
