(function_definition name: (_) @name body: (_) @body) @function
(class_definition name: (_) @name body: (_) @body) @class
(decorated_definition
  (decorator)+ @decorator
  definition: (function_definition name: (_) @name body: (_) @body) @function) @outer
(decorated_definition
  (decorator)+ @decorator
  definition: (class_definition name: (_) @name body: (_) @body) @class) @outer
