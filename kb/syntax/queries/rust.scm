(function_item name: (_) @name body: (_) @body) @function
(function_signature_item name: (_) @name) @function
(struct_item name: (_) @name body: (_)? @body) @class
(enum_item name: (_) @name body: (_) @body) @class
(union_item name: (_) @name body: (_) @body) @class
(trait_item name: (_) @name body: (_) @body) @class
(macro_definition name: (_) @name) @function
(impl_item type: (_) @name body: (_) @body) @members
(mod_item name: (_) @name body: (_) @body) @scope
