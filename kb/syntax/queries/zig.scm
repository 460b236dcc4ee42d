(function_declaration name: (_) @name body: (_)? @body) @function
(variable_declaration . (identifier) @name [(struct_declaration) (enum_declaration) (union_declaration)] @body) @class
(variable_declaration "const" . (identifier) @name
  [(struct_declaration) (enum_declaration) (union_declaration)] @body) @class
(test_declaration (string) @name (block) @body) @function
