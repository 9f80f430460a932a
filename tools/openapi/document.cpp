#include "tools/openapi/document.h"

#include <array>
#include <map>
#include <set>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"
#include "tools/openapi/path.h"
#include "tools/openapi/pointer.h"
#include "tools/openapi/reading.h"
#include "tools/openapi/security.h"
#include "tools/openapi/servers.h"

namespace yoke::openapi {
namespace {

constexpr std::array<std::string_view, 8> kMethods = {"get",     "put",  "post",  "delete",
                                                      "options", "head", "patch", "trace"};
constexpr std::size_t kHeadBytesMax = 8u << 20;  // of what is read beside the operations

}  // namespace

struct Document::Parts {
  std::unique_ptr<Source> source;
  DocumentLimits limits;
  std::string version;
  std::string title;
  std::string description;
  DocumentHead head;
  std::vector<OperationEntry> entries;
  std::vector<OperationPlace> places;  // of the entries
  std::map<std::string, std::size_t, std::less<>> by_name;
  std::map<std::string, std::size_t, std::less<>> by_id;
  std::vector<Finding> findings;
};

namespace {

// Finds the operations of a document without reading them: of each, its id alone.
class Indexer {
 public:
  Indexer(Lookup& lookup, const DocumentLimits& limits, FindingList& findings)
      : lookup_(lookup), source_(lookup.source()), limits_(limits), findings_(findings) {}

  Result<void> run() {
    const Result<Part> paths = source_.find("/paths");
    if (!paths) {
      findings_.add(Finding::Kind::note, "", "the document has no paths, so no operations");
      return {};
    }
    Result<std::vector<PartMember>> all = source_.members(*paths);
    if (!all) {
      return Error{all.error().code, "'paths' cannot be read: " + all.error().detail,
                   all.error().place};
    }
    std::set<std::string> seen;
    for (const PartMember& path : *all) {
      if (path.name.starts_with("x-")) continue;
      const std::string pointer = "/paths" + pointer_step(path.name);
      if (!seen.insert(path.name).second) {
        leave_out(pointer, "the path '" + shorten(printable(path.name), 120) + "' is there twice");
        continue;
      }
      if (Result<void> done = add_path(path, pointer); !done) return done;
    }
    return {};
  }

  std::vector<OperationEntry> entries;
  std::vector<OperationPlace> places;

 private:
  void leave_out(const std::string& pointer, std::string why) {
    findings_.add(Finding::Kind::left_out, pointer, std::move(why));
  }

  Result<void> add_path(const PartMember& path, const std::string& pointer) {
    if (const auto names = names_in_path(path.name); !names) {
      leave_out(pointer, names.error().detail);
      return {};
    }
    Result<std::vector<PartMember>> members = source_.members(path.part);
    if (!members) {
      leave_out(pointer, members.error().message());
      return {};
    }
    std::string item = pointer;
    for (const PartMember& member : *members) {
      if (member.name != "$ref") continue;
      const Result<std::string> target = target_of(pointer);
      if (!target) {
        leave_out(target.error().place, target.error().detail);
        return {};
      }
      item = *target;
      members = source_.members(*source_.find(item));
      break;
    }
    if (!members) return {};
    for (const PartMember& member : *members) {
      if (std::find(kMethods.begin(), kMethods.end(), member.name) == kMethods.end()) continue;
      if (entries.size() >= limits_.operations_max) {
        return Error{Errc::too_large,
                     "more than " + std::to_string(limits_.operations_max) + " operations"};
      }
      add_operation(path.name, item, member);
    }
    return {};
  }

  // Where a path item is that stands for another.
  Result<std::string> target_of(const std::string& pointer) {
    const Result<Found> found = lookup_.at(pointer);
    if (!found) return found.error();
    const Result<Found> target = lookup_.follow(*found);
    if (!target) return target.error();
    return target->pointer;
  }

  void add_operation(const std::string& path, const std::string& item, const PartMember& member) {
    OperationEntry entry;
    entry.method = to_upper(member.name);
    entry.path = path;
    entry.pointer = item + pointer_step(member.name);
    const Result<std::vector<PartMember>> parts = source_.members(member.part);
    if (!parts) return leave_out(entry.pointer, parts.error().message());
    for (const PartMember& part : *parts) {
      if (part.name != "operationId") continue;
      const Result<Json> id = source_.value(part.part);
      if (id && id->is_string()) entry.id = id->get<std::string>();
      break;
    }
    if (!entry.id.empty() && !ids_.insert(entry.id).second) {
      return leave_out(entry.pointer, "the operationId '" + shorten(printable(entry.id), 80) +
                                          "' is taken by an operation before it");
    }
    entry.name = new_name(entry.id.empty() ? id_from_path(entry.method, path) : entry.id);
    entries.push_back(std::move(entry));
    places.push_back({item, member.name});
  }

  std::string new_name(const std::string& id) {
    const std::string plain = tool_name_of(id);
    std::string name = plain;
    for (int i = 2; !names_.insert(name).second; ++i) name = plain + "_" + std::to_string(i);
    return name;
  }

  Lookup& lookup_;
  const Source& source_;
  const DocumentLimits& limits_;
  FindingList& findings_;
  std::set<std::string> ids_;
  std::set<std::string> names_;
};

Json value_at(Lookup& lookup, const std::string& pointer) {
  const Result<Found> found = lookup.at(pointer);
  return found ? *found->value : Json();
}

// A version that YAML made a number of is meant as well: "2.0".
std::string text_at(Lookup& lookup, const std::string& pointer) {
  const Json value = value_at(lookup, pointer);
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() ? to_text(value) : std::string();
}

Result<Dialect> dialect_of(const std::string& openapi, const std::string& swagger) {
  if (openapi.starts_with("3.0")) return Dialect::openapi30;
  if (openapi.starts_with("3.1") || openapi.starts_with("3.2")) return Dialect::openapi31;
  if (swagger == "2.0" || swagger == "2") return Dialect::swagger20;
  const std::string found = openapi.empty() ? swagger : openapi;
  if (found.empty()) {
    return Error{Errc::invalid, "no OpenAPI document: it has neither 'openapi' nor 'swagger'"};
  }
  return Error{Errc::unsupported, "OpenAPI '" + shorten(printable(found), 40) +
                                      "' is not known: 3.0, 3.1 and Swagger 2.0 are"};
}

void read_head(Lookup& lookup, FindingList& findings, DocumentHead& head) {
  const bool is_swagger = head.dialect == Dialect::swagger20;
  if (is_swagger) {
    head.servers = read_swagger_servers(lookup, head.base_url, findings);
  } else {
    Result<Found> servers = lookup.at("/servers");
    const Found list = servers ? *servers : Found{nullptr, "/servers"};
    head.servers = read_servers(list, head.base_url, findings);
  }
  if (head.servers.empty()) {
    findings.add(Finding::Kind::note, "", "the document names no server that can be used");
  }
  head.schemes = read_schemes(
      lookup, is_swagger ? "/securityDefinitions" : "/components/securitySchemes", findings);
  head.security = value_at(lookup, "/security");
  head.consumes = value_at(lookup, "/consumes");
  head.produces = value_at(lookup, "/produces");
}

}  // namespace

Document::Document(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
Document::~Document() = default;

Result<std::shared_ptr<const Document>> Document::parse(std::string text, std::string base_url,
                                                        DocumentLimits limits) {
  auto parts = std::make_unique<Parts>();
  Result<std::unique_ptr<Source>> source = Source::open(std::move(text), limits);
  if (!source) return source.error();
  parts->source = std::move(*source);
  parts->limits = limits;
  Lookup lookup(*parts->source, kHeadBytesMax);
  if (const auto members = parts->source->members(parts->source->root()); !members) {
    return members.error();
  }
  parts->version = text_at(lookup, "/openapi");
  const std::string swagger = text_at(lookup, "/swagger");
  const Result<Dialect> dialect = dialect_of(parts->version, swagger);
  if (!dialect) return dialect.error();
  if (parts->version.empty()) parts->version = swagger;
  parts->title = text_at(lookup, "/info/title");
  parts->description = text_at(lookup, "/info/description");
  parts->head.dialect = *dialect;
  parts->head.base_url = std::move(base_url);
  FindingList findings(*parts->source, limits.findings_max);
  read_head(lookup, findings, parts->head);
  Indexer indexer(lookup, parts->limits, findings);
  if (Result<void> done = indexer.run(); !done) return done.error();
  parts->entries = std::move(indexer.entries);
  parts->places = std::move(indexer.places);
  for (std::size_t i = 0; i < parts->entries.size(); ++i) {
    parts->by_name.emplace(parts->entries[i].name, i);
    if (!parts->entries[i].id.empty()) parts->by_id.emplace(parts->entries[i].id, i);
  }
  parts->findings = findings.take();
  struct Made final : Document {  // make_shared cannot reach a private constructor
    explicit Made(std::unique_ptr<const Parts> made) : Document(std::move(made)) {}
  };
  return std::shared_ptr<const Document>(std::make_shared<Made>(std::move(parts)));
}

const std::string& Document::version() const { return parts_->version; }
const std::string& Document::title() const { return parts_->title; }
const std::string& Document::description() const { return parts_->description; }
const std::vector<Server>& Document::servers() const { return parts_->head.servers; }
const std::vector<SecurityScheme>& Document::security_schemes() const {
  return parts_->head.schemes;
}
const std::vector<OperationEntry>& Document::entries() const { return parts_->entries; }
const std::vector<Finding>& Document::findings() const { return parts_->findings; }

const OperationEntry* Document::find(std::string_view name_or_id) const {
  const auto id = parts_->by_id.find(name_or_id);
  if (id != parts_->by_id.end()) return &parts_->entries[id->second];
  const auto name = parts_->by_name.find(name_or_id);
  return name == parts_->by_name.end() ? nullptr : &parts_->entries[name->second];
}

Result<Operation> Document::operation(const OperationEntry& entry,
                                      const ReadOptions& options) const {
  Lookup lookup(*parts_->source, kHeadBytesMax);
  const auto at = parts_->by_name.find(entry.name);
  if (at == parts_->by_name.end()) {
    return Error{Errc::not_found, "the document has no operation '" + printable(entry.name) + "'"};
  }
  return read_operation(parts_->head, lookup, parts_->limits, parts_->entries[at->second],
                        parts_->places[at->second], options);
}

std::vector<Operation> Document::operations(std::vector<Finding>& findings,
                                            const ReadOptions& options) const {
  Lookup lookup(*parts_->source, kHeadBytesMax);
  FindingList left_out(*parts_->source, parts_->limits.findings_max);
  std::vector<Operation> all;
  for (std::size_t i = 0; i < parts_->entries.size(); ++i) {
    lookup.trim();
    Result<Operation> read = read_operation(parts_->head, lookup, parts_->limits,
                                            parts_->entries[i], parts_->places[i], options);
    if (read) {
      all.push_back(std::move(*read));
      continue;
    }
    const std::string& place = read.error().place;
    left_out.add(
        Finding::Kind::left_out, place.starts_with('/') ? place : parts_->entries[i].pointer,
        "the operation '" + parts_->entries[i].name + "' is left out: " + read.error().detail);
  }
  for (Finding& finding : left_out.take()) findings.push_back(std::move(finding));
  return all;
}

}  // namespace yoke::openapi
