(function_declaration name: (_) @name body: (_)? @body) @function
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
  body: (_)? @body) @method
(type_spec name: (_) @name type: [(struct_type) (interface_type)] @body) @class
