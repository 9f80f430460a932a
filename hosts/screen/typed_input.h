#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace yoke {

// What was entered at the prompt, read. Pure.
struct TypedCommand {  // "/model openai/gpt-5-mini"
  std::string name;    // with its "/"
  std::vector<std::string> words;
  std::string rest;  // what follows the name, as it was typed
};
struct TypedShell {  // "!git status"
  std::string command;
};
struct TypedMessage {
  std::string text;
  std::vector<std::string> files;  // each @name in it, in order, without the "@"
};
using TypedInput = std::variant<TypedCommand, TypedShell, TypedMessage>;

// A line that begins with two slashes, or with a path such as "/usr/bin", is a message.
TypedInput read_typed(std::string_view text);

// Words as a shell would cut them: quotes keep spaces, a backslash takes the next character.
std::vector<std::string> words_of(std::string_view text);

}  // namespace yoke
