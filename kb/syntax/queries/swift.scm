(class_declaration name: (_) @name body: (_) @body) @class
(protocol_declaration name: (_) @name body: (_) @body) @class
(function_declaration name: (_) @name body: (_)? @body) @function
(protocol_function_declaration name: (_) @name) @function
((init_declaration body: (_)? @body) @method (#set! name "init"))
((deinit_declaration body: (_)? @body) @method (#set! name "deinit"))
