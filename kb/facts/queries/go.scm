; Names that begin with a capital are exported.
(package_clause (package_identifier) @package)
(import_spec) @import
(comment) @comment

(function_declaration name: (identifier) @name result: (_)? @returns) @function
(method_declaration
  receiver: (parameter_list
    (parameter_declaration
      type: [
        (type_identifier) @receiver
        (pointer_type (type_identifier) @receiver)
        (generic_type type: (_) @receiver)
        (pointer_type (generic_type type: (_) @receiver))
      ]))
  name: (_) @name
  result: (_)? @returns) @method
(type_spec name: (_) @name type: (struct_type)) @struct
(type_spec name: (_) @name type: (interface_type)) @interface
(type_spec name: (_) @name
  type: [
    (type_identifier) (qualified_type) (pointer_type) (generic_type) (function_type)
    (map_type) (slice_type) (array_type) (channel_type)
  ] @annotation) @type
(type_alias name: (_) @name type: (_) @value) @type
(field_declaration name: (_) @name type: (_) @annotation) @attribute
((method_elem name: (_) @name result: (_)? @returns) @method (#set! flag "declared abstract"))
(const_spec (identifier) @name) @constant
(var_spec (identifier) @name type: (_)? @annotation) @variable

((function_declaration name: (_) @n) @of @mark (#match? @n "^[A-Z]") (#set! flag "exported"))
((method_declaration name: (_) @n) @of @mark (#match? @n "^[A-Z]") (#set! flag "exported"))
((type_spec name: (_) @n) @of @mark (#match? @n "^[A-Z]") (#set! flag "exported"))
((type_alias name: (_) @n) @of @mark (#match? @n "^[A-Z]") (#set! flag "exported"))
((field_declaration name: (_) @n) @of @mark (#match? @n "^[A-Z]") (#set! flag "exported"))
((method_elem name: (_) @n) @of @mark (#match? @n "^[A-Z]") (#set! flag "exported"))
((const_spec (identifier) @n) @of @mark (#match? @n "^[A-Z]") (#set! flag "exported"))
((var_spec (identifier) @n) @of @mark (#match? @n "^[A-Z]") (#set! flag "exported"))
((function_declaration name: (_) @n) @of @mark
  (#match? @n "^(Test|Benchmark|Fuzz|Example)([^a-z]|$)") (#set! flag "test"))

; What a struct or an interface embeds.
(type_spec type: (struct_type (field_declaration_list
  (field_declaration !name type: (_) @base)))) @of
(type_spec type: (interface_type (type_elem . (_) @base .))) @of

(_ parameters: (parameter_list
  (parameter_declaration name: (identifier) @name @parameter type: (_) @annotation))) @of
(_ parameters: (parameter_list (parameter_declaration !name type: (_) @annotation) @parameter)) @of
((_ parameters: (parameter_list
  (variadic_parameter_declaration name: (identifier)? @name type: (_) @annotation) @parameter)) @of
  (#set! parameter "rest"))
(method_declaration receiver: (parameter_list
  (parameter_declaration name: (identifier) @binding type: (_) @annotation)))
(short_var_declaration left: (expression_list . (identifier) @binding .) right: (expression_list . (_) @value .))
(short_var_declaration left: (expression_list (identifier) @binding))
(range_clause left: (expression_list (identifier) @binding))
(receive_statement left: (expression_list (identifier) @binding))
(type_switch_statement alias: (expression_list (identifier) @binding))
(_ result: (parameter_list (parameter_declaration name: (identifier) @binding type: (_) @annotation)))

(call_expression function: [(identifier) (selector_expression) (parenthesized_expression)] @callee
  arguments: (_) @arguments) @call
(expression_statement ((call_expression function: [(identifier) (selector_expression)] @callee
  arguments: (_) @arguments) @call) (#set! flag "discarded"))
((type_conversion_expression type: (generic_type type: (_) @callee)) @call (#set! arguments "unknown"))
(keyed_element key: (literal_element (identifier) @ignore))
(type_parameter_declaration name: (identifier) @binding)
(selector_expression operand: (identifier)) @use
(identifier) @use
(type_identifier) @use.type
(qualified_type) @use.type
((call_expression function: (identifier) @f
  arguments: (argument_list . (interpreted_string_literal) @text)) @hole
  (#eq? @f "panic") (#match? @text "(not implemented|unimplemented|TODO)"))
