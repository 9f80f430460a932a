#include "tools/openapi/body_writer.h"

#include "runtime/base/base64.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/http/headers.h"
#include "tools/openapi/encode.h"
#include "tools/openapi/media_type.h"
#include "tools/openapi/pointer.h"

namespace yoke::openapi {
namespace {

struct GivenField {
  const BodyField* field = nullptr;
  const Json* value = nullptr;
};

Error at(const std::string& argument, const Error& error) {
  return Error{error.code, "'" + argument + "': " + error.detail, pointer_step(argument)};
}

struct FileBytes {
  std::string bytes;
  std::string filename;
  std::string content_type;
};

Result<FileBytes> file_of(const Json& value) {
  FileBytes file;
  if (value.is_string()) {
    file.bytes = value.get<std::string>();
    file.content_type = "text/plain";
    return file;
  }
  const Json& text = member_at(value, "text");
  const Json& base64 = member_at(value, "base64");
  if (text.is_string() == base64.is_string()) {
    return Error{Errc::invalid, "expected an object with either 'text' or 'base64'"};
  }
  if (text.is_string()) {
    file.bytes = text.get<std::string>();
    file.content_type = "text/plain";
  } else {
    std::optional<std::string> bytes = from_base64(base64.get_ref<const std::string&>());
    if (!bytes) return Error{Errc::invalid, "its 'base64' cannot be decoded"};
    file.bytes = std::move(*bytes);
    file.content_type = "application/octet-stream";
  }
  file.filename = string_at(value, "filename");
  const std::string type = string_at(value, "content_type");
  if (!is_http_field_value(file.filename) || !is_http_field_value(type)) {
    return Error{Errc::invalid, "its 'filename' or 'content_type' has a control character"};
  }
  if (type.empty()) return file;
  const std::string bare = bare_media_type(type);
  const std::size_t slash = bare.find('/');
  const bool is_type = slash != std::string::npos && is_http_token(bare.substr(0, slash)) &&
                       is_http_token(bare.substr(slash + 1));
  if (!is_type) return Error{Errc::invalid, "its 'content_type' is none, as 'image/png' is one"};
  file.content_type = type;
  return file;
}

Result<std::vector<GivenField>> given_fields(const Body& body, const ArgumentLookup& argument,
                                             bool& is_there) {
  std::vector<GivenField> given;
  for (const BodyField& field : body.fields) {
    const Json* const value = argument(field.argument);
    if (value != nullptr) given.push_back({&field, value});
  }
  is_there = body.required || !given.empty();
  if (!is_there) return given;
  for (const BodyField& field : body.fields) {
    if (!field.required || argument(field.argument) != nullptr) continue;
    if (field.fallback.is_null()) {
      return Error{Errc::invalid, "'" + field.argument + "' is required",
                   pointer_step(field.argument)};
    }
    given.push_back({&field, &field.fallback});
  }
  return given;
}

std::string json_of(const std::vector<GivenField>& given) {
  Json object = Json::object();
  for (const GivenField& one : given) object[one.field->name] = *one.value;
  return to_text(object);
}

Result<void> add_form_field(const BodyField& field, const Json& value,
                            std::vector<std::string>& pieces) {
  Writing writing{field.name, field.style, field.explode, field.allow_reserved, true};
  if (field.styled) {
    Result<std::vector<std::string>> styled = query_pieces(writing, value);
    if (!styled) return styled.error();
    pieces.insert(pieces.end(), styled->begin(), styled->end());
    return {};
  }
  const bool as_json = is_json_type(field.content_type) || value.is_object();
  const Json list = value.is_array() && !as_json ? value : Json::array({value});
  for (const Json& one : list) {
    if (one.is_null()) continue;
    const Json text = as_json || one.is_structured() ? Json(to_text(one)) : one;
    Result<std::vector<std::string>> plain = query_pieces(writing, text);
    if (!plain) return plain.error();
    pieces.insert(pieces.end(), plain->begin(), plain->end());
  }
  return {};
}

// The name of a part in quotes, as browsers write it.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') {
      out += "%22";
    } else if (c == '\r' || c == '\n') {
      out += c == '\r' ? "%0D" : "%0A";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

struct MultipartPart {
  std::string head;
  std::string bytes;
};

Result<void> add_part(const BodyField& field, const Json& value,
                      std::vector<MultipartPart>& parts) {
  if (value.is_null()) return {};
  MultipartPart part;
  part.head = "Content-Disposition: form-data; name=" + quoted(field.name);
  std::string type = field.content_type;
  if (field.binary) {
    Result<FileBytes> file = file_of(value);
    if (!file) return file.error();
    part.head += "; filename=" + quoted(file->filename.empty() ? field.name : file->filename);
    const bool says_own = string_at(value, "content_type") == file->content_type;
    if (type.empty() || says_own) type = file->content_type;
    part.bytes = std::move(file->bytes);
  } else if (value.is_structured() || is_json_type(type)) {
    if (type.empty()) type = "application/json";
    part.bytes = to_text(value);
  } else {
    const Result<std::string> text = plain_text(value);
    if (!text) return text.error();
    part.bytes = *text;
  }
  if (!type.empty()) part.head += "\r\nContent-Type: " + type;
  parts.push_back(std::move(part));
  return {};
}

std::string boundary_for(const std::vector<MultipartPart>& parts, std::string wanted) {
  for (std::int64_t i = 0;; ++i) {
    if (wanted.empty()) {
      Hasher hasher;
      hasher.field(i);
      for (const MultipartPart& part : parts) hasher.field(part.head).field(part.bytes);
      wanted = "yoke-" + to_hex(hasher.finish()).substr(0, 32);
    }
    bool occurs = false;
    for (const MultipartPart& part : parts) {
      occurs = occurs || part.bytes.find(wanted) != std::string::npos;
    }
    if (!occurs) return wanted;
    wanted.clear();
  }
}

Result<WrittenBody> write_multipart(const std::vector<GivenField>& given,
                                    const std::string& boundary) {
  std::vector<MultipartPart> parts;
  for (const GivenField& one : given) {
    const bool is_many = one.value->is_array() && !is_json_type(one.field->content_type);
    for (const Json& value : is_many ? *one.value : Json::array({*one.value})) {
      Result<void> done = add_part(*one.field, value, parts);
      if (!done) return at(one.field->argument, done.error());
    }
  }
  const std::string mark = boundary_for(parts, boundary);
  WrittenBody body{true, "multipart/form-data; boundary=" + mark, ""};
  for (const MultipartPart& part : parts) {
    body.bytes += "--" + mark + "\r\n" + part.head + "\r\n\r\n" + part.bytes + "\r\n";
  }
  body.bytes += "--" + mark + "--\r\n";
  return body;
}

Result<WrittenBody> write_fields(const Body& body, const std::vector<GivenField>& given,
                                 const std::string& boundary) {
  if (body.kind == Body::Kind::multipart) return write_multipart(given, boundary);
  WrittenBody written{true, body.content_type, ""};
  if (body.kind == Body::Kind::json) {
    written.bytes = json_of(given);
    return written;
  }
  std::vector<std::string> pieces;
  for (const GivenField& one : given) {
    Result<void> done = add_form_field(*one.field, *one.value, pieces);
    if (!done) return at(one.field->argument, done.error());
  }
  written.bytes = join(pieces, "&");
  return written;
}

// A body that is one argument.
Result<WrittenBody> write_whole(const Body& body, const Json& value, const std::string& boundary) {
  WrittenBody written{true, body.content_type, ""};
  switch (body.kind) {
    case Body::Kind::json:
      written.bytes = to_text(value);
      return written;
    case Body::Kind::text: {
      const Result<std::string> text = plain_text(value);
      if (!text) return at(body.argument, text.error());
      written.bytes = *text;
      return written;
    }
    case Body::Kind::binary: {
      Result<FileBytes> file = file_of(value);
      if (!file) return at(body.argument, file.error());
      if (!string_at(value, "content_type").empty()) written.content_type = file->content_type;
      written.bytes = std::move(file->bytes);
      return written;
    }
    default:
      break;
  }
  if (!value.is_object()) {
    return at(body.argument, Error{Errc::invalid, "expected an object of the form's fields"});
  }
  std::vector<BodyField> fields(value.size());
  std::vector<GivenField> given;
  std::size_t i = 0;
  for (const auto& item : value.items()) {
    fields[i].name = item.key();
    fields[i].argument = body.argument;
    given.push_back({&fields[i], &item.value()});
    ++i;
  }
  return write_fields(body, given, boundary);
}

}  // namespace

Result<WrittenBody> write_body(const Body& body, const ArgumentLookup& argument,
                               const std::string& boundary) {
  if (!body.argument.empty()) {
    const Json* const value = argument(body.argument);
    if (value != nullptr) return write_whole(body, *value, boundary);
    if (!body.required) return WrittenBody{};
    return Error{Errc::invalid, "'" + body.argument + "' is required", pointer_step(body.argument)};
  }
  bool is_there = false;
  const Result<std::vector<GivenField>> given = given_fields(body, argument, is_there);
  if (!given) return given.error();
  if (!is_there) return WrittenBody{};
  return write_fields(body, *given, boundary);
}

}  // namespace yoke::openapi
