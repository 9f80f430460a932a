#include <algorithm>
#include <array>

#include "hosts/hook/anthropic/ask.h"
#include "hosts/hook/anthropic/words.h"
#include "runtime/base/base64.h"
#include "runtime/base/text.h"

namespace yoke::anthropic {
namespace {

constexpr std::size_t kShownBytes = 60;
constexpr std::size_t kToolNameCharsMax = 128;

// What Anthropic's own tools did, which its servers alone can read.
constexpr std::array<std::string_view, 11> kServerBlocks{"server_tool_use",
                                                         "web_search_tool_result",
                                                         "web_fetch_tool_result",
                                                         "code_execution_tool_result",
                                                         "bash_code_execution_tool_result",
                                                         "text_editor_code_execution_tool_result",
                                                         "tool_search_tool_result",
                                                         "mcp_tool_use",
                                                         "mcp_tool_result",
                                                         "advisor_tool_result",
                                                         "mcp_tool_listing"};

bool is_tool_name(std::string_view name) {
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= kToolNameCharsMax &&
         std::all_of(name.begin(), name.end(), fine);
}

Result<std::string> needed_text(const Json& object, const char* key, const std::string& place) {
  const Json& value = member_at(object, key);
  if (!value.is_string()) return wrong(place + "." + key, "it is a text");
  return value.get<std::string>();
}

class ContentReader {
 public:
  ContentReader(Role role, const Thoughts& thoughts) : role_(role), thoughts_(thoughts) {}

  Result<void> read(const Json& content, const std::string& place) {
    if (content.is_string()) {
      add_text(content.get<std::string>());
      return {};
    }
    if (!content.is_array()) return wrong(place, "it is a text or a list of blocks");
    for (std::size_t at = 0; at < content.size(); ++at) {
      const Result<void> read = block(content[at], place + "." + std::to_string(at));
      if (!read) return read.error();
    }
    name_calls();
    return {};
  }

  Content content;

 private:
  Result<void> block(const Json& block, const std::string& place) {
    if (!block.is_object()) return wrong(place, "a block is an object");
    const std::string type = string_at(block, "type");
    const Result<void> read = read_type(type, block, place);
    if (!read) return read.error();
    const Json& mark = member_at(block, "cache_control");
    if (mark.is_object()) {
      content.marked = true;
      content.ttl = string_at(mark, "ttl");
    }
    return {};
  }

  Result<void> read_type(const std::string& type, const Json& block, const std::string& place) {
    if (type == kTextBlock) return text(block, place);
    if (role_ == Role::assistant) return assistant_block(type, block, place);
    if (type == "tool_addition" || type == "tool_removal") return tool_change(type, block, place);
    if (role_ == Role::system) return not_here(type, place);
    if (type == "image") return image(block, place);
    if (type == kToolResultBlock) return tool_result(block, place);
    if (type == "document") return document(block, place);
    if (type == "search_result") return search_result(block, place);
    return not_here(type, place);
  }

  Error not_here(const std::string& type, const std::string& place) const {
    return wrong(place, "a block of type " + shown(type) + " is not taken in a message of the " +
                            std::string(name_of(role_)));
  }

  void add_text(std::string text) {
    if (!text.empty()) content.parts.emplace_back(TextPart{std::move(text)});
  }

  Result<void> text(const Json& block, const std::string& place) {
    Result<std::string> text = needed_text(block, "text", place);
    if (!text) return text.error();
    add_text(std::move(*text));
    return {};
  }

  Result<void> assistant_block(const std::string& type, const Json& block,
                               const std::string& place) {
    if (type == kToolUseBlock) return tool_use(block, place);
    if (type == kThinkingBlock) {
      std::optional<ReasoningPart> thought = thoughts_.thinking(block);
      if (thought) content.parts.emplace_back(std::move(*thought));
      return {};
    }
    if (type == kRedactedBlock) {
      Thoughts::Redacted redacted = thoughts_.redacted(block);
      if (redacted.thought) content.parts.emplace_back(std::move(*redacted.thought));
      std::move(redacted.calls.begin(), redacted.calls.end(), std::back_inserter(calls_));
      return {};
    }
    if (type == "fallback") return {};  // says who answered
    if (type == "compaction") {         // stands for what was said before it
      add_text(string_at(block, "content"));
      return {};
    }
    if (std::find(kServerBlocks.begin(), kServerBlocks.end(), type) == kServerBlocks.end()) {
      return not_here(type, place);
    }
    ReasoningPart own;
    own.key = type;
    own.opaque = Opaque{kAnthropicOrigin, type, block};
    own.opaque->value.erase("cache_control");
    content.parts.emplace_back(std::move(own));
    return {};
  }

  Result<void> tool_use(const Json& block, const std::string& place) {
    Result<std::string> id = needed_text(block, "id", place);
    if (!id) return id.error();
    Result<std::string> name = needed_text(block, "name", place);
    if (!name) return name.error();
    const Json& input = member_at(block, "input");
    if (!input.is_object()) return wrong(place + ".input", "it is an object");
    ToolCallPart call;
    call.id = std::move(*id);
    call.name = std::move(*name);
    call.args = input;
    content.parts.emplace_back(std::move(call));
    return {};
  }

  // Gives the calls back what their vendor sent with them.
  void name_calls() {
    for (Part& part : content.parts) {
      auto* call = std::get_if<ToolCallPart>(&part);
      if (call == nullptr) continue;
      for (const auto& [id, opaque] : calls_) {
        if (id == call->id) call->opaque = opaque;
      }
    }
  }

  Result<void> image(const Json& block, const std::string& place) {
    const Json& source = member_at(block, "source");
    const std::string type = string_at(source, "type");
    ImagePart part;
    if (type == "url") {
      part.url = string_at(source, "url");
      if (!part.url.starts_with("https://") && !part.url.starts_with("http://")) {
        return wrong(place + ".source.url", "it begins with https:// or http://");
      }
    } else if (type == "base64") {
      part.media_type = string_at(source, "media_type");
      part.url = "data:" + part.media_type + ";base64," + string_at(source, "data");
      if (part.media_type.empty() || !from_base64(string_at(source, "data"))) {
        return wrong(place + ".source", "it has a media_type and base64 in 'data'");
      }
    } else {
      return wrong(place + ".source",
                   "a source of type " + shown(type) + " is not taken here; base64 and url are");
    }
    content.parts.emplace_back(std::move(part));
    return {};
  }

  Result<void> document(const Json& block, const std::string& place) {
    const Json& source = member_at(block, "source");
    const std::string type = string_at(source, "type");
    const std::string title = string_at(block, "title");
    if (!title.empty()) add_text(title + "\n");
    if (type == "text") {
      add_text(string_at(source, "data"));
      return {};
    }
    if (type == "content") return read(member_at(source, "content"), place + ".source.content");
    return wrong(place + ".source", "a document of type " + shown(type) +
                                        " is not taken here: send its text, or its pages as "
                                        "images");
  }

  Result<void> search_result(const Json& block, const std::string& place) {
    add_text(string_at(block, "title") + " (" + string_at(block, "source") + ")\n");
    return read(member_at(block, "content"), place + ".content");
  }

  Result<void> tool_result(const Json& block, const std::string& place) {
    Result<std::string> id = needed_text(block, "tool_use_id", place);
    if (!id) return id.error();
    ToolResultPart result;
    result.id = std::move(*id);
    result.is_error = bool_at(block, "is_error");
    const Json& said = member_at(block, "content");
    ContentReader inner(Role::user, thoughts_);
    for (std::size_t at = 0; said.is_array() && at < said.size(); ++at) {
      const std::string inside = place + ".content." + std::to_string(at);
      const std::string type = string_at(said[at], "type");
      if (type == "tool_reference") {
        inner.add_text("The tool " + string_at(said[at], "tool_name") + " is there.\n");
        continue;
      }
      const Result<void> read = inner.block(said[at], inside);
      if (!read) return read.error();
    }
    if (said.is_string()) inner.add_text(said.get<std::string>());
    if (!said.is_null() && !said.is_string() && !said.is_array()) {
      return wrong(place + ".content", "it is a text or a list of blocks");
    }
    // No other protocol has images in results: they follow it.
    for (Part& part : inner.content.parts) {
      if (const auto* text = std::get_if<TextPart>(&part)) {
        result.content += text->text;
      } else {
        result.content += "(an image, which follows)";
        content.parts.push_back(std::move(part));
      }
    }
    content.results.push_back(std::move(result));
    return {};
  }

  Result<void> tool_change(const std::string& type, const Json& block, const std::string& place) {
    const Json& tool = member_at(block, "tool");
    const std::string kind = string_at(tool, "type");
    if (type == "tool_addition" && kind == "tool_definition") {
      Result<ToolSpec> spec = read_tool(member_at(tool, "definition"), place + ".tool.definition");
      if (!spec) return spec.error();
      content.tools_added.push_back(std::move(*spec));
      return {};
    }
    if (kind != "tool_reference") {
      return wrong(place + ".tool", "a tool of type " + shown(kind) + " is not taken here");
    }
    if (type == "tool_removal") content.tools_removed.push_back(string_at(tool, "name"));
    return {};
  }

  const Role role_;
  const Thoughts& thoughts_;
  std::vector<std::pair<std::string, Opaque>> calls_;
};

}  // namespace

Error wrong(const std::string& place, const std::string& what) {
  return Error{Errc::invalid, what, place};
}

std::string shown(const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
  return "'" + shorten(printable(text), kShownBytes) + "'";
}

Result<Content> read_content(const Json& content, Role role, const std::string& place,
                             const Thoughts& thoughts) {
  ContentReader reader(role, thoughts);
  const Result<void> read = reader.read(content, place);
  if (!read) return read.error();
  return std::move(reader.content);
}

Result<std::string> read_text(const Json& content, const std::string& place) {
  if (content.is_null()) return std::string();
  if (content.is_string()) return content.get<std::string>();
  if (!content.is_array()) return wrong(place, "it is a text or a list of blocks of text");
  std::string text;
  for (std::size_t at = 0; at < content.size(); ++at) {
    const Json& block = content[at];
    if (string_at(block, "type") != kTextBlock || !member_at(block, "text").is_string()) {
      return wrong(place + "." + std::to_string(at), "it is a block of text");
    }
    const std::string said = string_at(block, "text");
    if (said.starts_with("x-anthropic-billing-header:")) continue;  // no instruction
    if (!text.empty()) text += "\n\n";
    text += said;
  }
  return text;
}

Result<ToolSpec> read_tool(const Json& tool, const std::string& place) {
  if (!tool.is_object()) return wrong(place, "a tool is an object");
  const std::string type = string_at(tool, "type");
  if (!type.empty() && type != "custom") {
    return wrong(place, "a tool of type " + shown(type) +
                            " is Anthropic's own and not offered here: leave it out, or let the "
                            "operator set it as body.tools of an Anthropic backend");
  }
  ToolSpec spec;
  spec.name = string_at(tool, "name");
  if (!is_tool_name(spec.name)) {
    return wrong(place + ".name", "it has letters, digits, '_', '-' and '.', at most 128 of them");
  }
  spec.description = string_at(tool, "description");
  spec.input_schema = member_at(tool, "input_schema");
  if (!spec.input_schema.is_object()) {
    return wrong(place + ".input_schema", "it is a JSON Schema, an object");
  }
  return spec;
}

}  // namespace yoke::anthropic
