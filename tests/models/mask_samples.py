"""One small file of each language, in which every kind of hole that the language knows can be made."""

from __future__ import annotations

PYTHON = b'''import os


@cached
def area(width: int, height: list[int] = None) -> bool:
    """Say it."""
    size = width * scale(height, by="cm")  # note
    if size is None and width:
        return [one for one in height]
    # why
    return size.value(3)


class Box:
    side = 1

    async def grow(self, by):
        self.side += await by
'''

JAVASCRIPT = b"""import { a } from "./a.js";

/** Says it. */
export function area(width, height = 2) {
  const size = width * scale(height, { by: "cm" }); // note
  if (size === null && width) {
    return height.map((one) => one + 1);
  }
  for (let i = 0; i < 3; i++) total += i;
  return size?.value(3);
}

class Box {
  side = 1;
  grow(by) {
    this.side += by;
  }
}
"""

TYPESCRIPT = b"""import { a } from "./a";

interface Shape {
  side: number;
}

// note
export function area(width: number, height: Array<string>): boolean {
  const size: Shape = { side: width * a(height) };
  if (size === null && width) {
    return height.map((one: string) => one as any);
  }
  return size!.side > 3;
}
"""

SAMPLES = {
    "python": PYTHON,
    "javascript": JAVASCRIPT,
    "typescript": TYPESCRIPT,
    "tsx": TYPESCRIPT + b'const page = <div className="x">{area(1, [])}</div>;\n',
    "go": b"""package shapes

import "fmt"

// Area says it.
func Area(width int, heights []string) bool {
\tsize := width * scale(heights)
\tif size == 0 && width > 1 {
\t\tfmt.Println("none", width)
\t\treturn false
\t}
\treturn size > 3
}
""",
    "rust": b"""use std::fmt;

// note
fn area(width: u32, heights: Vec<String>) -> bool {
    let size = width * scale(&heights);
    if size == 0 && width > 1 {
        show("none", width);
        return false;
    }
    size > 3
}
""",
    "java": b"""import java.util.List;

class Box {
    int side = 1;

    // note
    boolean area(int width, List<String> heights) {
        int size = width * scale(heights);
        if (size == 0 && width > 1) {
            show("none", width);
            return false;
        }
        return size > 3;
    }
}
""",
    "c": b"""#include <stdio.h>

/* note */
static int area(int width, const char *heights) {
    size_t size = width * scale(heights);
    if (size == 0 && width > 1) {
        printf("none %d", width);
        return 0;
    }
    return size > 3;
}
""",
    "cpp": b"""#include <vector>

// note
bool area(int width, const std::vector<int>& heights) {
    auto size = width * scale(heights);
    if (size == 0 && width > 1) {
        show("none", width);
        return false;
    }
    return size > 3;
}
""",
    "csharp": b"""using System;

class Box
{
    // note
    bool Area(int width, string[] heights)
    {
        var size = width * Scale(heights);
        if (size == 0 && width > 1)
        {
            Show("none", width);
            return false;
        }
        return size > 3;
    }
}
""",
    "ruby": b"""require "set"

class Box
  # note
  def area(width, heights)
    size = width * scale(heights)
    if size.nil? && width > 1
      show("none", width)
      return false
    end
    size > 3
  end
end
""",
    "php": b"""<?php
// note
function area(int $width, array $heights): bool {
    $size = $width * scale($heights);
    if ($size === null && $width > 1) {
        show("none", $width);
        return false;
    }
    return $size > 3;
}
""",
    "kotlin": b"""import kotlin.math.max

// note
fun area(width: Int, heights: List<String>): Boolean {
    val size = width * scale(heights)
    if (size == 0 && width > 1) {
        show("none", width)
        return false
    }
    return size > 3
}
""",
    "swift": b"""import Foundation

// note
func area(width: Int, heights: [String]) -> Bool {
    let size = width * scale(heights)
    if size == 0 && width > 1 {
        show("none", width)
        return false
    }
    return size > 3
}
""",
    "scala": b"""package shapes

object Box {
  // note
  def area(width: Int, heights: List[String]): Boolean = {
    val size = width * scale(heights)
    if (size == 0 && width > 1) {
      show("none", width)
    }
    size > 3
  }
}
""",
    "zig": b"""const std = @import("std");

// note
fn area(width: u32, heights: []const u8) bool {
    const size = width * scale(heights);
    if (size == 0 and width > 1) {
        show("none", width);
        return false;
    }
    return size > 3;
}
""",
    "bash": b"""#!/bin/bash
# note
area() {
  size="$(scale "$1")"
  if [ -z "$size" ]; then
    echo "none $size" >&2
    return 1
  fi
  echo "$size"
}
""",
    "lua": b"""-- note
local function area(width, heights)
  local size = width * scale(heights)
  if size == nil and width > 1 then
    show("none", width)
    return false
  end
  return size > 3
end
""",
    "css": b"""/* note */
.box > p {
  color: #fff;
  margin: 0 calc(1px + 2em);
}
""",
    "html": b"""<!-- note -->
<div class="box"><p id="a">One</p>
<img src="a.png"></div>
""",
    "json": b"""{
  "name": "box",
  "sizes": [1, 2, {"deep": true}]
}
""",
    "toml": b"""# note
name = "box"

[sizes]
all = [1, 2]
one.deep = true
""",
    "yaml": b"""# note
name: box
sizes:
  - 1
  - deep: true
    other: no
""",
    "hcl": b"""# note
resource "box" "one" {
  count = var.count + 1
  tags  = { a = "b" }
  inner {
    on = true
  }
}
""",
}
