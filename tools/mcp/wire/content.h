#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/result.h"

namespace yoke::mcp {

// One block of what a tool or a prompt says, or what a model is asked and answers.
struct ContentBlock {
  enum class Kind : std::uint8_t { text, image, audio, resource, resource_link };
  Kind kind = Kind::text;
  std::string text = {};         // text; resource: of one that is text
  std::string data = {};         // image, audio: base64; resource: of one that is bytes
  std::string media_type = {};   // image, audio: always; resource, resource_link: may be empty
  std::string uri = {};          // resource, resource_link
  std::string name = {};         // resource_link
  std::string title = {};        // resource_link
  std::string description = {};  // resource_link
  Json annotations = nullptr;    // as they came: audience, priority, lastModified
  Json meta = nullptr;           // `_meta`, as it came
};

ContentBlock text_block(std::string text);

// Errors: invalid, naming the member; unsupported: a type that no revision has.
Result<ContentBlock> content_from_json(const Json& value);
Json to_json(const ContentBlock& block);

// Every block of an array; one that cannot be read becomes a text that says so. A single object is
// an array of one.
std::vector<ContentBlock> contents_from_json(const Json& array);
Json contents_to_json(const std::vector<ContentBlock>& blocks);

// As a model that sees text alone reads it: the text, or one line that says what is there.
std::string text_of(const ContentBlock& block);

}  // namespace yoke::mcp
