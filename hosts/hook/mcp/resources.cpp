#include "hosts/hook/mcp/resources.h"

#include <algorithm>
#include <filesystem>

#include "hosts/app/memory_settings.h"
#include "hosts/app/segment.h"
#include "hosts/config/read_file.h"
#include "hosts/hook/api/memory_api.h"
#include "hosts/hook/api/page.h"
#include "hosts/hook/api/run_view.h"
#include "hosts/hook/mcp/content.h"
#include "hosts/hook/mcp/task_view.h"
#include "hosts/hook/visible.h"
#include "runtime/base/base64.h"
#include "runtime/base/text.h"

namespace yoke::mcp_hook {
namespace {

constexpr int kPage = 100;
constexpr std::size_t kShownMax = 80;
constexpr const char* kCursor = "mcp.memory";

bool is_template(const McpResourceConfig& resource) {
  return resource.uri.find('{') != std::string::npos;
}

Json listing_of_entry(const MemoryEntry& entry) {
  return Json{{"uri", memory_uri(entry.place, entry.key)},
              {"name", entry.key},
              {"description", shorten(entry.text, kShownMax)},
              {"mimeType", "text/plain"}};
}

Json listing_of_named(const McpResourceConfig& resource, const char* address) {
  Json listing{{address, resource.uri}, {"name", resource.name}};
  if (!resource.description.empty()) listing["description"] = resource.description;
  if (!resource.mime.empty()) listing["mimeType"] = resource.mime;
  return listing;
}

Json contents_of_file(const McpResourceConfig& resource, const std::string& bytes) {
  if (is_valid_utf8(bytes)) {
    const Json text{{"text", bytes}};
    return resource_result(resource.uri, resource.mime.empty() ? "text/plain" : resource.mime,
                           bytes, text);
  }
  const std::string mime = resource.mime.empty() ? "application/octet-stream" : resource.mime;
  return resource_result(resource.uri, mime, "", Json{{"blob", to_base64(bytes)}});
}

std::optional<Json> read_named(HookServices services, const McpServeConfig& config,
                               const std::string& uri) {
  for (const McpResourceConfig& resource : config.resources) {
    if (resource.uri != uri || resource.file.empty()) continue;
    const std::filesystem::path folder = services.app.config().project_dir;
    const Result<std::string> bytes = read_file((folder / resource.file).string());
    if (bytes) return contents_of_file(resource, *bytes);
  }
  return std::nullopt;
}

// The place and key that an address of memory names.
struct MemoryAddress {
  MemoryPlace place;
  std::string key;
};
std::optional<MemoryAddress> memory_address(std::string_view uri) {
  std::optional<Json> parts = match_template("memory://{scope}/{owner}/{key}", uri);
  const bool owned = parts.has_value();
  if (!owned) parts = match_template("memory://{scope}/{key}", uri);
  if (!parts) return std::nullopt;
  const std::optional<MemoryScope> scope = memory_scope_from_name(string_at(*parts, "scope"));
  if (!scope || owned == (*scope == MemoryScope::shared)) return std::nullopt;
  return MemoryAddress{MemoryPlace{*scope, string_at(*parts, "owner")}, string_at(*parts, "key")};
}

awaitable<std::optional<Json>> read_memory(HookServices services, Principal who, std::string uri) {
  const std::optional<MemoryAddress> address = memory_address(uri);
  if (!address) co_return std::nullopt;
  MemoryListing listing;
  listing.where.tenant = who.tenant;
  listing.where.places = {address->place};
  listing.key = address->key;
  const Result<std::vector<MemoryEntry>> entries =
      co_await memory_of(services.app).list(std::move(listing));
  if (!entries) co_return std::nullopt;
  for (const MemoryEntry& entry : *entries) {
    if (!may_see_entry(who, entry)) continue;
    co_return resource_result(uri, "text/plain", entry.text, Json{{"text", entry.text}});
  }
  co_return std::nullopt;
}

awaitable<std::optional<Json>> read_run(HookServices services, Principal who, std::string uri) {
  const std::optional<Json> parts = match_template("run://{id}", uri);
  if (!parts) co_return std::nullopt;
  const Result<RunRow> row =
      co_await find_visible(services.app.store(), std::move(who), string_at(*parts, "id"));
  if (!row) co_return std::nullopt;
  Json report = run_summary(*row);
  if (is_final(row->status)) {
    const Result<Event> end = co_await last_event(services.app.store(), row->run_id);
    for (const char* field : {"text", "output", "message"}) {
      if (!end || end->erased) break;
      const Json& value = member_at(end->fields, field);
      if (!value.is_null()) report[field] = value;
    }
  }
  const Json text{{"text", to_pretty_text(report)}, {"mimeType", "application/json"}};
  co_return resource_result(uri, "application/json", "", text);
}

}  // namespace

std::string memory_uri(const MemoryPlace& place, const std::string& key) {
  std::string uri = "memory://" + std::string(name_of(place.scope)) + "/";
  if (!place.owner.empty()) uri += to_segment(place.owner) + "/";
  return uri + to_segment(key);
}

awaitable<Answer> list_resources_of(HookServices services, const McpServeConfig& config,
                                    const Request& request) {
  const std::string cursor = string_at(request.params, "cursor");
  Json list = Json::array();
  MemoryListing listing;
  listing.where.tenant = request.client.who.tenant;
  listing.limit = kPage + 1;
  if (cursor.empty()) {
    for (const McpResourceConfig& resource : config.resources) {
      if (!is_template(resource)) list.push_back(listing_of_named(resource, "uri"));
    }
  } else {
    const Result<std::string> last = from_cursor(kCursor, cursor);
    if (!last) co_return wrong_params("'cursor' is not `nextCursor` of a page of this list");
    listing.before = *last;
  }
  Json page = Json::object();
  const bool may_read = request.client.who.scopes.has(Scope::read);
  if (config.memory && may_read) {
    const Result<std::vector<MemoryEntry>> entries =
        co_await memory_of(services.app).list(std::move(listing));
    const int there = entries ? static_cast<int>(entries->size()) : 0;
    for (int i = 0; i < std::min(there, kPage); ++i) {
      const MemoryEntry& entry = entries->at(static_cast<std::size_t>(i));
      if (may_see_entry(request.client.who, entry)) list.push_back(listing_of_entry(entry));
    }
    if (there > kPage) page["nextCursor"] = to_cursor(kCursor, entries->at(kPage - 1).id);
  }
  page["resources"] = std::move(list);
  co_return page;
}

Json templates_of(const McpServeConfig& config) {
  Json list = Json::array();
  for (const McpResourceConfig& resource : config.resources) {
    if (is_template(resource)) list.push_back(listing_of_named(resource, "uriTemplate"));
  }
  if (config.memory) {
    list.push_back(Json{{"uriTemplate", "memory://{scope}/{owner}/{key}"},
                        {"name", "memory"},
                        {"description", "What an agent, a user or a session remembers."},
                        {"mimeType", "text/plain"}});
    list.push_back(Json{{"uriTemplate", "memory://shared/{key}"},
                        {"name", "shared memory"},
                        {"description", "What every agent remembers."},
                        {"mimeType", "text/plain"}});
  }
  list.push_back(Json{{"uriTemplate", "run://{id}"},
                      {"name", "run"},
                      {"description", "How a run stands, and what it came to."},
                      {"mimeType", "application/json"}});
  return list;
}

awaitable<std::optional<Json>> read_plain(HookServices services, const McpServeConfig& config,
                                          Principal who, std::string uri) {
  std::optional<Json> found = read_named(services, config, uri);
  if (found) co_return found;
  if (!who.scopes.has(Scope::read)) co_return std::nullopt;
  if (config.memory) found = co_await read_memory(services, who, uri);
  if (!found) found = co_await read_run(services, std::move(who), std::move(uri));
  co_return found;
}

std::optional<ToolResource> tool_resource(const McpServeConfig& config, std::string_view uri) {
  for (const McpResourceConfig& resource : config.resources) {
    if (resource.tool.empty()) continue;
    std::optional<Json> args = match_template(resource.uri, uri);
    if (args) return ToolResource{&resource, std::move(*args)};
  }
  return std::nullopt;
}

bool may_see_memory(const Principal& who, std::string_view uri) {
  std::optional<MemoryAddress> address = memory_address(uri);
  if (!address) return false;
  MemoryEntry entry;
  entry.place = std::move(address->place);
  return may_see_entry(who, entry);
}

}  // namespace yoke::mcp_hook
