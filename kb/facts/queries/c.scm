(preproc_include) @import
(comment) @comment
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
    (union_specifier name: (_))
  ] @annotation declarator: [
    (type_identifier) @name
    (pointer_declarator declarator: (type_identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name)))
  ]) @type
((preproc_def name: (_) @name) @constant (#set! around "nothing"))
((preproc_function_def name: (_) @name) @function (#set! around "nothing"))
(preproc_function_def parameters: (preproc_params (identifier) @name @parameter)) @of
((preproc_function_def parameters: (preproc_params "..." @parameter)) @of (#set! parameter "rest"))
(function_definition type: (_)? @returns declarator: [
    (function_declarator declarator: (identifier) @name) @of
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name) @of)
    (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name) @of))
  ]) @function
((declaration type: (_)? @returns declarator: [
    (function_declarator declarator: (identifier) @name) @of
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name) @of)
    (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name) @of))
  ]) @function (#set! flag "declared"))
(declaration type: (_) @annotation declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name))
    (array_declarator declarator: (identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name)))
    (init_declarator declarator: (identifier) @name value: (_)? @value)
    (init_declarator declarator: (pointer_declarator declarator: (identifier) @name) value: (_)? @value)
    (init_declarator declarator: (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name)))
    (init_declarator declarator: (array_declarator declarator: (identifier) @name))
  ]) @variable
(field_declaration type: (_) @annotation declarator: [
    (field_identifier) @name
    (pointer_declarator declarator: (field_identifier) @name)
    (pointer_declarator declarator: (pointer_declarator declarator: (field_identifier) @name))
    (array_declarator declarator: (field_identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name)))
  ]) @attribute
((function_definition (storage_class_specifier) @s) @of @mark (#eq? @s "static") (#set! flag "private"))
((declaration (storage_class_specifier) @s) @of @mark (#eq? @s "static") (#set! flag "private"))

(function_declarator parameters: (parameter_list (parameter_declaration type: (_) @annotation declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (pointer_declarator declarator: (identifier) @name))
    (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
    (array_declarator declarator: (identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name)))
  ]) @parameter)) @of
(function_declarator parameters: (parameter_list (parameter_declaration type: (_) @annotation) @parameter)) @of
((function_declarator parameters: (parameter_list (variadic_parameter) @parameter)) @of (#set! parameter "rest"))

(call_expression function: [(identifier) (field_expression) (parenthesized_expression)] @callee arguments: (_) @arguments) @call
(expression_statement ((call_expression function: [(identifier) (field_expression) (parenthesized_expression)] @callee arguments: (_) @arguments) @call)
  (#set! flag "discarded"))
(identifier) @use
(type_identifier) @use.type
(goto_statement (statement_identifier) @ignore)
