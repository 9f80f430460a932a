#pragma once

#include <string>

#include "runtime/ports/message.h"

// What every protocol needs of a message to write it.
namespace yoke {

template <class T>
bool has_part(const Message& message) {
  for (const Part& part : message.parts) {
    if (std::holds_alternative<T>(part)) return true;
  }
  return false;
}

// The call's arguments as a JSON object. Servers parse the arguments of the history too, so what
// was no JSON is one that holds its text: {"unparsed": "…"}.
Json arguments_of(const ToolCallPart& call);

// The id as it is when it fits `chars_max`, else so many characters of its hash: calls and their
// results stay paired.
std::string fitting_id(const std::string& id, std::size_t chars_max);

}  // namespace yoke
