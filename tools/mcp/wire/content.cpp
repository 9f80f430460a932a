#include "tools/mcp/wire/content.h"

#include "runtime/base/text.h"

namespace yoke::mcp {
namespace {

void put_unless_empty(Json& out, const char* key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}

Error bad_block(std::string_view type, std::string_view member) {
  return Error{Errc::invalid, "content of type '" + std::string(type) + "' needs '" +
                                  std::string(member) + "', a text"};
}

Result<ContentBlock> media_from(const Json& value, ContentBlock block, std::string_view type) {
  if (!member_at(value, "data").is_string()) return bad_block(type, "data");
  block.data = string_at(value, "data");
  block.media_type = string_at(value, "mimeType");
  if (block.media_type.empty()) return bad_block(type, "mimeType");
  return block;
}

Result<ContentBlock> resource_from(const Json& value, ContentBlock block) {
  const Json& inner = member_at(value, "resource");
  block.kind = ContentBlock::Kind::resource;
  block.uri = string_at(inner, "uri");
  block.media_type = string_at(inner, "mimeType");
  block.text = string_at(inner, "text");
  block.data = string_at(inner, "blob");
  if (block.uri.empty()) return bad_block("resource", "resource.uri");
  if (!member_at(inner, "text").is_string() && !member_at(inner, "blob").is_string()) {
    return bad_block("resource", "resource.text' or 'resource.blob");
  }
  return block;
}

Result<ContentBlock> link_from(const Json& value, ContentBlock block) {
  block.kind = ContentBlock::Kind::resource_link;
  block.uri = string_at(value, "uri");
  block.name = string_at(value, "name");
  block.title = string_at(value, "title");
  block.description = string_at(value, "description");
  block.media_type = string_at(value, "mimeType");
  if (block.uri.empty()) return bad_block("resource_link", "uri");
  return block;
}

Json resource_json(const ContentBlock& block) {
  Json inner = {{"uri", block.uri}};
  put_unless_empty(inner, "mimeType", block.media_type);
  if (block.data.empty()) {
    inner["text"] = block.text;
  } else {
    inner["blob"] = block.data;
  }
  return inner;
}

std::string size_of_base64(const std::string& data) {
  return std::to_string(data.size() / 4 * 3) + " bytes";
}

}  // namespace

ContentBlock text_block(std::string text) {
  ContentBlock block;
  block.text = std::move(text);
  return block;
}

Result<ContentBlock> content_from_json(const Json& value) {
  ContentBlock block;
  block.annotations = member_at(value, "annotations");
  block.meta = member_at(value, "_meta");
  const std::string type = string_at(value, "type");
  if (type == "text") {
    if (!member_at(value, "text").is_string()) return bad_block("text", "text");
    block.text = string_at(value, "text");
    return block;
  }
  if (type == "image" || type == "audio") {
    block.kind = type == "image" ? ContentBlock::Kind::image : ContentBlock::Kind::audio;
    return media_from(value, std::move(block), type);
  }
  if (type == "resource") return resource_from(value, std::move(block));
  if (type == "resource_link") return link_from(value, std::move(block));
  return Error{Errc::unsupported,
               "content of type '" + printable(shorten(type, 60)) + "' is not known"};
}

Json to_json(const ContentBlock& block) {
  Json out = Json::object();
  switch (block.kind) {
    case ContentBlock::Kind::text:
      out = {{"type", "text"}, {"text", block.text}};
      break;
    case ContentBlock::Kind::image:
    case ContentBlock::Kind::audio:
      out = {{"type", block.kind == ContentBlock::Kind::image ? "image" : "audio"},
             {"data", block.data},
             {"mimeType", block.media_type}};
      break;
    case ContentBlock::Kind::resource:
      out = {{"type", "resource"}, {"resource", resource_json(block)}};
      break;
    case ContentBlock::Kind::resource_link:
      out = {{"type", "resource_link"}, {"uri", block.uri}, {"name", block.name}};
      put_unless_empty(out, "title", block.title);
      put_unless_empty(out, "description", block.description);
      put_unless_empty(out, "mimeType", block.media_type);
      break;
  }
  if (block.annotations.is_object()) out["annotations"] = block.annotations;
  if (block.meta.is_object()) out["_meta"] = block.meta;
  return out;
}

std::vector<ContentBlock> contents_from_json(const Json& array) {
  std::vector<ContentBlock> blocks;
  const Json one = array.is_object() ? Json::array({array}) : array;
  if (!one.is_array()) return blocks;
  for (const Json& value : one) {
    Result<ContentBlock> block = content_from_json(value);
    blocks.push_back(block ? std::move(*block)
                           : text_block("[left out: " + block.error().detail + "]"));
  }
  return blocks;
}

Json contents_to_json(const std::vector<ContentBlock>& blocks) {
  Json out = Json::array();
  for (const ContentBlock& block : blocks) out.push_back(to_json(block));
  return out;
}

std::string text_of(const ContentBlock& block) {
  switch (block.kind) {
    case ContentBlock::Kind::text:
      return block.text;
    case ContentBlock::Kind::image:
    case ContentBlock::Kind::audio:
      return "[" + block.media_type + ", " + size_of_base64(block.data) + "]";
    case ContentBlock::Kind::resource:
      if (block.data.empty()) return block.text;
      return "[" + block.uri + ", " + size_of_base64(block.data) + "]";
    case ContentBlock::Kind::resource_link:
      break;
  }
  const std::string name = block.title.empty() ? block.name : block.title;
  return "[" + (name.empty() ? block.uri : name + ": " + block.uri) + "]";
}

}  // namespace yoke::mcp
