((call method: (identifier) @m) @import (#any-of? @m "require" "require_relative" "load" "autoload"))
(comment) @comment

((class name: (_) @name) @class (#set! flag "exported"))
((module name: (_) @name) @module (#set! flag "exported"))
((method name: (_) @name) @function (#set! flag "exported"))
((singleton_method object: (self) name: (_) @name) @method (#set! flag "exported static"))
((singleton_method object: (constant) @receiver name: (_) @name) @method (#set! flag "exported static"))
((singleton_class value: (self)) @members (#set! flag "static"))
((assignment left: (constant) @name right: (_)? @value) @constant (#set! flag "exported"))
((call !receiver method: (identifier) @m arguments: (argument_list (simple_symbol) @name)) @attribute
  (#any-of? @m "attr_accessor" "attr_reader" "attr_writer") (#set! flag "property exported"))
((alias name: (_) @name) @function (#set! flag "exported variadic"))
((call !receiver method: (identifier) @m arguments: (argument_list . (simple_symbol) @name)) @function
  (#any-of? @m "alias_method" "define_method") (#set! flag "exported variadic"))

((body_statement (identifier) @section) (#any-of? @section "private" "protected") (#set! flag "private"))
((body_statement (identifier) @section) (#eq? @section "public"))
((call !receiver method: (identifier) @m arguments: (argument_list (method) @of)) @mark
  (#any-of? @m "private" "protected") (#set! flag "private"))
((call !receiver method: (identifier) @m arguments: (argument_list [(singleton_method) (method)] @of)) @mark
  (#eq? @m "private_class_method") (#set! flag "private"))
((call !receiver method: (identifier) @m arguments: (argument_list (method) @of)) @mark
  (#eq? @m "module_function") (#set! flag "static"))
((body_statement (identifier) @section) (#eq? @section "module_function") (#set! flag "static"))
((method name: (_) @n) @of @mark (#match? @n "^test_") (#set! flag "test"))

(class superclass: (superclass (_) @base)) @of
((_ body: (body_statement (call !receiver method: (identifier) @m
  arguments: (argument_list [(constant) (scope_resolution)] @base)))) @of (#any-of? @m "include" "prepend"))

(_ parameters: (method_parameters (identifier) @name @parameter)) @of
(_ parameters: (method_parameters (optional_parameter name: (_) @name value: (_) @default) @parameter)) @of
((_ parameters: (method_parameters (keyword_parameter name: (_) @name value: (_)? @default) @parameter)) @of
  (#set! parameter "keyword_only"))
((_ parameters: (method_parameters (splat_parameter name: (_)? @name) @parameter)) @of (#set! parameter "rest"))
((_ parameters: (method_parameters (hash_splat_parameter name: (_)? @name) @parameter)) @of (#set! parameter "keywords"))
((_ parameters: (method_parameters (forward_parameter) @parameter)) @of (#set! parameter "rest"))
(block_parameter name: (identifier) @binding)
(block_parameters (identifier) @binding)
(block_parameters (_ (identifier) @binding))
(lambda_parameters (identifier) @binding)
(assignment left: (identifier) @binding right: (_)? @value)
(operator_assignment left: (identifier) @binding)
(left_assignment_list (identifier) @binding)
(exception_variable (identifier) @binding)
(for pattern: (identifier) @binding)
(assignment left: (instance_variable) @binding right: (_)? @value)

(call !receiver method: [(identifier) (constant) (super)] @callee arguments: (argument_list)? @arguments
  block: (_)? @arguments) @call
(call receiver: (_) @receiver method: [(identifier) (constant)] @callee arguments: (argument_list)? @arguments
  block: (_)? @arguments) @call
(body_statement ((call method: [(identifier) (constant)] @callee) @call) (#set! flag "discarded"))
(super) @use
(identifier) @use
(constant) @use
(scope_resolution) @use
(scope_resolution name: (_) @ignore)
(alias (_) @ignore)
((call !receiver method: (identifier) @m arguments: (argument_list . (constant) @t)) @hole
  (#eq? @m "raise") (#eq? @t "NotImplementedError"))
