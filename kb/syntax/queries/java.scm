(class_declaration name: (_) @name body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @class
(enum_declaration name: (_) @name body: (_) @body) @class
(record_declaration name: (_) @name body: (_) @body) @class
(annotation_type_declaration name: (_) @name body: (_) @body) @class
(method_declaration name: (_) @name body: (_)? @body) @method
(constructor_declaration name: (_) @name body: (_) @body) @method
(class_declaration (modifiers [(marker_annotation) (annotation)]+ @decorator) name: (_) @name body: (_) @body) @class
(method_declaration (modifiers [(marker_annotation) (annotation)]+ @decorator) name: (_) @name body: (_)? @body) @method
