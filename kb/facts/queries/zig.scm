((variable_declaration (builtin_function (builtin_identifier) @b)) @import (#eq? @b "@import"))
((variable_declaration (field_expression (builtin_function (builtin_identifier) @b))) @import (#eq? @b "@import"))
((using_namespace_declaration (builtin_function (builtin_identifier) @b)) @import (#eq? @b "@import"))
(comment) @comment

(function_declaration name: (_) @name type: (_) @returns) @function
(variable_declaration ["const" "var"] . (identifier) @name [(struct_declaration) (opaque_declaration)]) @struct
(variable_declaration ["const" "var"] . (identifier) @name (union_declaration)) @struct
(variable_declaration ["const" "var"] . (identifier) @name (enum_declaration)) @enum
(variable_declaration ["const" "var"] . (identifier) @name (error_set_declaration)) @enum
((error_set_declaration (identifier) @name @member) (#set! flag "static"))
((enum_declaration (container_field name: (_) @name) @member) (#set! flag "static exported"))
((struct_declaration (container_field name: (_) @name type: (_)? @annotation) @attribute) (#set! flag "exported"))
((union_declaration (container_field name: (_) @name type: (_)? @annotation) @attribute) (#set! flag "exported"))
(variable_declaration "var" . (identifier) @name type: (_)? @annotation) @variable
(variable_declaration "const" . (identifier) @name type: (_)? @annotation) @variable
(variable_declaration "const" . (identifier) @name "=" . (_) @value) @variable
(variable_declaration "var" . (identifier) @name "=" . (_) @value) @variable
((test_declaration (string) @name) @function (#set! flag "test"))
((return_expression [(struct_declaration) (union_declaration) (enum_declaration)] @members) (#set! name "<object>"))

((function_declaration "pub") @of @mark (#set! flag "exported"))
((variable_declaration "pub") @of @mark (#set! flag "exported"))
((function_declaration "extern" !body) @of @mark (#set! flag "declared"))

(_ (parameters (parameter name: (identifier) @name type: (_) @annotation) @parameter)) @of
(payload (identifier) @binding)

((call_expression function: [(identifier) (field_expression)] @callee) @call (#set! arguments "rest"))
(expression_statement ((call_expression function: [(identifier) (field_expression)] @callee) @call)
  (#set! flag "discarded") (#set! arguments "rest"))
(field_expression object: (identifier) member: (identifier)) @use
(field_expression member: (identifier) @ignore)
(container_field name: (identifier) @ignore)
(identifier) @use
((builtin_function (builtin_identifier) @b (arguments (string) @text)) @hole
  (#eq? @b "@panic") (#match? @text "(not implemented|unimplemented|TODO)"))
