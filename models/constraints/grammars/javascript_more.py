"""What TypeScript and JSX add to the grammar of JavaScript; see `models.constraints.grammars.javascript`."""

from __future__ import annotations

from typing import Final

TYPES: Final = """
annotation: `:` type
returned: `:` type
type: union | union `extends` union `?` type `:` type
union: joined | `|` joined | `&` joined | union `|` joined | union `&` joined
joined: listed | WORD@ joined | listed `is` type | WORD@ listed `is` type | `infer` NAME@ `extends` union
listed: simple | listed `[` `]` | listed `[` type `]`
simple: reference | STRING@ | NUMBER@ | `-` NUMBER@ | type_template | `(` type `)` | `[` `]` | `[` tuple `]`
  | `[` tuple `,` `]` | object_type | function_type
reference: WORD@ | WORD@ types_given | path | path types_given | imported_type | imported_type types_given
imported_type: `import` `(` STRING@ `)` | `import` `(` STRING@ `,` object `)` | imported_type `.` WORD@
path: WORD@ `.` WORD@ | path `.` WORD@
function_type: parameters `=>` type | generics parameters `=>` type | `new` function_type
  | `abstract` `new` function_type
types_given: `<` type_list closed | `<` type_list `,` closed
type_list: type | type_list `,` type
generics: `<` generic_list closed | `<` generic_list `,` closed
generic_list: generic | generic_list `,` generic
generic: WORD@ | words WORD@ | WORD@ bounds | words WORD@ bounds
bounds: `extends` type | `=` type | `extends` type `=` type
tuple: tuple_part | tuple `,` tuple_part
tuple_part: type | `...` type | type `?` | `...` WORD@ `:` type | WORD@ `:` type | WORD@ `?` `:` type
object_type: `{` `}` | `{` type_members `}` | `{` type_members separator `}` | `{` mapped `}`
separator: `;` | `,`
typed_members: SPACES? type_members | SPACES? type_members separator
type_members: type_member | type_members type_member | type_members separator type_member
type_member: field | method | signature | `new` signature | signature_index
signature_index: index_head annotation | words index_head annotation
index_head: `[` WORD@ annotation `]`
mapped: mapped_head `:` type separator? | mapped_head optionally `:` type separator? | mapped_head separator?
mapped_head: `[` WORD@ `in` type `]` | `[` WORD@ `in` type `as` type `]` | `readonly` mapped_head
  | SIGN@ `readonly` mapped_head
optionally: `?` | SIGN@ `?`
type_template: TEMPLATE@ | HEAD@ type TAIL@ | HEAD@ type_middles type TAIL@
type_middles: type MIDDLE@ | type_middles type MIDDLE@
"""
JSX: Final = """
element_o: `<`o tag_o `/`n `>`o | `<`o tag_o attributes `/`n `>`o | `<`o opened `</`o `>`o
  | `<`o opened `</`o tag_o `>`o
element_n: `<`o tag_o `/`n `>`n | `<`o tag_o attributes `/`n `>`n | `<`o opened `</`o `>`n
  | `<`o opened `</`o tag_o `>`n
tag_o: TAG@
ts|   | TAG@ types_given
opened: `>`n | `>`n children | tag_o `>`n | tag_o `>`n children | tag_o attributes `>`n | tag_o attributes `>`n children
children: child | children child
child: TEXT | `{`o `}`n | `{`o list_o `}`n | `{`o `...` assign_o `}`n | element_n
attributes: attribute | attributes attribute
attribute: TAG@ | TAG@ `=` QUOTED@ | TAG@ `=` `{` list_o `}` | TAG@ `=` element_o | `{` `...` assign_o `}` | `{` `}`
"""
