(package_header (qualified_identifier) @package)
(import) @import
[(line_comment) (block_comment)] @comment

; Everything is public that does not say otherwise.
((class_declaration "class" name: (_) @name) @class (#set! flag "exported"))
((class_declaration "interface" name: (_) @name) @interface (#set! flag "exported"))
((class_declaration (modifiers (class_modifier "enum")) name: (_) @name) @enum (#set! flag "exported"))
((object_declaration name: (_) @name) @class (#set! flag "exported static"))
((function_declaration name: (_) @name (function_value_parameters) [
    (user_type) (nullable_type) (function_type) (parenthesized_type)
  ]? @returns) @function (#set! flag "exported"))
((primary_constructor) @method (#set! name "<init>") (#set! flag "exported"))
((secondary_constructor "constructor" @name) @method (#set! name "<init>") (#set! flag "exported"))
((property_declaration (variable_declaration . (identifier) @name [(user_type) (nullable_type) (function_type)]? @annotation))
  @variable (#set! flag "exported"))
(property_declaration (variable_declaration . (identifier) @name) "=" (_) @value) @variable
((class_parameter ["val" "var"] (identifier) @name . (_) @annotation) @attribute (#set! flag "exported"))
((enum_entry . (identifier) @name) @member (#set! flag "exported static"))
(type_alias type: (_) @name) @type
((companion_object (class_body)) @members (#set! flag "static"))
((object_literal (class_body) @members) (#set! name "<object>"))
((enum_entry (class_body) @members) (#set! name "<object>"))

((_ (modifiers (visibility_modifier ["private" "protected"]))) @of @mark (#set! flag "private"))
((_ (modifiers (inheritance_modifier "abstract"))) @of @mark (#set! flag "abstract"))
((_ (modifiers (class_modifier "sealed"))) @of @mark (#set! flag "abstract"))
((_ (modifiers (member_modifier "override"))) @of @mark (#set! flag "override"))
((_ (modifiers (function_modifier "suspend"))) @of @mark (#set! flag "async"))
((function_declaration (function_value_parameters) .) @of @mark (#set! flag "declared"))
((function_declaration (function_value_parameters) . [(user_type) (nullable_type) (function_type)] .) @of @mark
  (#set! flag "declared"))
((_ (modifiers (annotation (user_type (identifier) @n)))) @of @mark
  (#match? @n "^(Test|ParameterizedTest|RepeatedTest)$") (#set! flag "test"))
(_ (modifiers (annotation [(user_type) @decorator (constructor_invocation (user_type) @decorator)]))) @of
; The type whose extension a function is stands before its name.
((function_declaration "fun" [(user_type) (nullable_type)] "." name: (_)) @of @mark (#set! flag "classmethod"))

(_ (delegation_specifiers (delegation_specifier (user_type) @base))) @of
(_ (delegation_specifiers (delegation_specifier (constructor_invocation (user_type) @base)))) @of
(_ (delegation_specifiers (delegation_specifier (explicit_delegation . (user_type) @base)))) @of

(_ (function_value_parameters (parameter . (identifier) @name . (_) @annotation) @parameter)) @of
(_ (function_value_parameters
  (parameter . (identifier) @name . (_) @annotation) @parameter . "=" . (_) @default)) @of
((_ (function_value_parameters (parameter_modifiers (parameter_modifier "vararg")) .
  (parameter . (identifier) @name . (_) @annotation) @parameter)) @of (#set! parameter "rest"))
(primary_constructor (class_parameters (class_parameter (identifier) @name . (_) @annotation) @parameter)) @of
(primary_constructor (class_parameters
  (class_parameter (identifier) @name . (_) @annotation . "=" . (_) @default) @parameter)) @of
((primary_constructor (class_parameters
  (class_parameter (modifiers (parameter_modifier "vararg")) (identifier) @name . (_) @annotation) @parameter)) @of
  (#set! parameter "rest"))
(lambda_parameters (variable_declaration . (identifier) @binding . (_)? @annotation))
(multi_variable_declaration (variable_declaration . (identifier) @binding))
(for_statement (variable_declaration . (identifier) @binding))
(catch_block (identifier) @binding . (_) @annotation)
(type_parameter (identifier) @binding)

(call_expression . [(identifier) (navigation_expression)] @callee (value_arguments)? @arguments (annotated_lambda)? @arguments)
  @call
(block ((call_expression . [(identifier) (navigation_expression)] @callee) @call) (#set! flag "discarded"))
(constructor_invocation (user_type) @callee (value_arguments) @arguments) @call
(constructor_delegation_call ["this" "super"] @callee (value_arguments) @arguments) @call
(navigation_expression . (identifier) . (identifier)) @use
(callable_reference) @use
(navigation_expression (_) . (identifier) @ignore)
(value_argument . (identifier) @ignore . "=")
(identifier) @use
(user_type) @use.type
((call_expression . (identifier) @f) @hole (#eq? @f "TODO"))
((throw_expression (call_expression . (identifier) @f)) @hole (#match? @f "^NotImplemented(Error|Exception)$"))
