(class_declaration name: (_) @name) @class
(object_declaration name: (_) @name) @class
(function_declaration name: (_) @name) @function
(function_declaration name: (_) @name (function_body) @body) @function
