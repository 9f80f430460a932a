#include <algorithm>

#include "runtime/base/text.h"
#include "tools/graph/graph_search.h"
#include "tools/graph/tool_makers.h"

// Files and list items in OneDrive and SharePoint.
namespace yoke {
namespace {

constexpr int kFilesMax = 25;
constexpr int kFilesUsual = 8;
constexpr std::int64_t kReadUsual = 8000;
constexpr std::int64_t kReadMax = 60'000;
constexpr std::size_t kSummaryMax = 700;

std::vector<std::string> file_permissions() { return graph_permissions("OneDriveAndSharePoint"); }

// Where results may lie: the scope with its single files and folders found.
struct FileBounds {
  bool limited = false;
  std::vector<std::string> places = {};
  std::vector<GraphFiles::Ids> ids = {};
};

// The ids of an item: of a hit's `parentReference`, or of an item's `sharepointIds`.
GraphFiles::Ids ids_of(const Json& resource) {
  GraphFiles::Ids ids;
  const Json& parent = member_at(resource, "parentReference");
  const std::vector<std::string> site = split(string_at(parent, "siteId"), ',');
  if (site.size() == 3) {
    ids.site = normal_guid(site[1]);
    ids.web = normal_guid(site[2]);
  }
  const Json& own = member_at(resource, "sharepointIds");
  const Json& known = own.is_object() ? own : member_at(parent, "sharepointIds");
  const auto take = [&](std::string& into, const char* key) {
    const std::string guid = normal_guid(string_at(known, key));
    if (!guid.empty()) into = guid;
  };
  take(ids.site, "siteId");
  take(ids.web, "webId");
  take(ids.list, "listId");
  take(ids.unique, "listItemUniqueId");
  return ids;
}

bool fits(const GraphFiles::Ids& own, const GraphFiles::Ids& wanted) {
  const auto same = [](const std::string& a, const std::string& b) { return b.empty() || a == b; };
  return same(own.site, wanted.site) && same(own.web, wanted.web) && same(own.list, wanted.list) &&
         same(own.unique, wanted.unique);
}

bool lies_within(const FileBounds& bounds, const std::string& url, const GraphFiles::Ids& ids) {
  if (!bounds.limited) return true;
  const bool placed = std::any_of(bounds.places.begin(), bounds.places.end(),
                                  [&](const std::string& place) { return lies_at(url, place); });
  return placed || std::any_of(bounds.ids.begin(), bounds.ids.end(),
                               [&](const GraphFiles::Ids& each) { return fits(ids, each); });
}

std::string escaped_place(const std::string& place) {
  std::string out;
  for (const char c : place) {
    if (c == ' ') {
      out += "%20";
    } else {
      out += c;
    }
  }
  return out;
}

std::string ids_filter(const GraphFiles::Ids& ids) {
  std::vector<std::string> parts;
  if (!ids.site.empty()) parts.push_back("SiteId:\"" + ids.site + "\"");
  if (!ids.web.empty()) parts.push_back("WebId:\"" + ids.web + "\"");
  if (!ids.list.empty()) parts.push_back("ListId:\"" + ids.list + "\"");
  if (!ids.unique.empty()) parts.push_back("UniqueId:\"{" + ids.unique + "}\"");
  return join(parts, " AND ");
}

std::string bounds_filter(const FileBounds& bounds) {
  std::vector<std::string> parts;
  for (const std::string& place : bounds.places) {
    parts.push_back("path:\"" + place + "\"");
    const std::string escaped = escaped_place(place);
    if (escaped != place) parts.push_back("path:\"" + escaped + "\"");
  }
  for (const GraphFiles::Ids& each : bounds.ids) parts.push_back("(" + ids_filter(each) + ")");
  return join(parts, " OR ");
}

Json scope_json(const GraphFiles& files) {
  Json ids = Json::array();
  for (const GraphFiles::Ids& each : files.ids) ids.push_back(ids_filter(each));
  return Json{{"places", files.places}, {"ids", std::move(ids)}};
}

std::string id_of_item(const Json& resource) {
  const std::string drive = string_at(member_at(resource, "parentReference"), "driveId");
  const std::string item = string_at(resource, "id");
  return drive.empty() || item.empty() ? std::string() : drive + "/" + item;
}

Json found_file(const Json& hit) {
  const Json& resource = member_at(hit, "resource");
  Json one{{"url", string_at(resource, "webUrl")}};
  const bool is_file = string_at(resource, "@odata.type").ends_with("driveItem");
  std::string name = string_at(resource, "name");
  if (name.empty()) name = string_at(member_at(resource, "fields"), "title");
  put_unless_empty(one, "name", name);
  if (resource.contains("folder")) one["is_folder"] = true;
  if (is_file) put_unless_empty(one, "id", id_of_item(resource));
  put_unless_empty(one, "changed", string_at(resource, "lastModifiedDateTime"));
  const Json& by = member_at(member_at(resource, "lastModifiedBy"), "user");
  put_unless_empty(one, "changed_by", string_at(by, "displayName"));
  put_unless_empty(one, "text", shorten(plain_summary(string_at(hit, "summary")), kSummaryMax));
  return one;
}

class FileTool : public GraphTool {
 public:
  FileTool(ToolSpec spec, const GraphFiles& files, SharedGraphServices services)
      : GraphTool(std::move(spec), std::move(services)), files_(files) {}

 protected:
  // Finds where the single files and folders lie that are named by their ids.
  awaitable<Result<FileBounds>> bounds(GraphCall& call) {
    FileBounds found;
    found.limited = files_.is_limited();
    found.places = files_.places;
    for (const GraphFiles::Ids& each : files_.ids) {
      if (each.unique.empty()) {
        found.ids.push_back(each);
        continue;
      }
      GraphSearch search;
      search.kinds = {"driveItem"};
      search.query = ids_filter(each);
      search.permissions = file_permissions();
      auto asking = call.ask(ask_of(search));
      const Result<Json> reply = co_await std::move(asking);
      if (!reply) co_return reply.error();
      for (const Json& hit : hits_of(*reply).hits) {
        const Json& resource = member_at(hit, "resource");
        if (!fits(ids_of(resource), each)) continue;
        const Result<std::string> place = file_place(string_at(resource, "webUrl"));
        if (place) found.places.push_back(*place);
      }
    }
    if (found.limited && found.places.empty() && found.ids.empty()) {
      co_return Error{Errc::not_found,
                      "none of the files that the agent's manifest names by id is found"};
    }
    co_return found;
  }

 private:
  const GraphFiles files_;
};

class FileSearch final : public FileTool {
 public:
  using FileTool::FileTool;

 protected:
  awaitable<Result<Json>> answer(Json args, GraphCall& call) override {
    const std::string words = search_words(string_at(args, "query"));
    if (words.empty()) co_return Error{Errc::invalid, "the query has no word to look for"};
    auto bounding = bounds(call);
    const Result<FileBounds> within = co_await std::move(bounding);
    if (!within) co_return within.error();
    const auto most = static_cast<std::size_t>(integer_at(args, "limit", kFilesUsual));
    GraphSearch search;
    search.kinds = {"driveItem", "listItem"};
    search.query = words;
    if (within->limited) search.query = "(" + words + ") AND (" + bounds_filter(*within) + ")";
    search.permissions = file_permissions();
    Json files = Json::array();
    for (int page = 0; page < call.services().limits.pages_max && files.size() < most; ++page) {
      search.from = page * search.size;
      auto asking = call.ask(ask_of(search));
      const Result<Json> reply = co_await std::move(asking);
      if (!reply) co_return reply.error();
      const GraphHits found = hits_of(*reply);
      for (const Json& hit : found.hits) {
        const Json& resource = member_at(hit, "resource");
        const bool fit = lies_within(*within, string_at(resource, "webUrl"), ids_of(resource));
        if (fit && files.size() < most) files.push_back(found_file(hit));
      }
      if (!found.more) break;
    }
    Json out{{"files", std::move(files)}};
    if (out["files"].empty()) out["note"] = "nothing has all of these words: try fewer or others";
    co_return out;
  }
};

class FileRead final : public FileTool {
 public:
  using FileTool::FileTool;

 protected:
  awaitable<Result<Json>> answer(Json args, GraphCall& call) override {
    const std::string id = string_at(args, "id");
    const std::size_t slash = id.find('/');
    const std::string drive = "/drives/" + graph_escaped(id.substr(0, slash));
    const std::string path = drive + "/items/" + graph_escaped(id.substr(slash + 1));
    GraphAsk ask;
    ask.path = path;
    ask.query = {{"$select",
                  "id,name,webUrl,size,file,folder,lastModifiedDateTime,parentReference,"
                  "sharepointIds"}};
    ask.permissions = file_permissions();
    auto asking = call.ask(std::move(ask));
    const Result<Json> item = co_await std::move(asking);
    if (!item) co_return item.error();
    auto permitting = permit(*item, drive, call);
    const Result<void> permitted = co_await std::move(permitting);
    if (!permitted) co_return permitted.error();
    const std::string name = string_at(*item, "name");
    if (item->contains("folder")) {
      co_return Error{Errc::invalid, "'" + name + "' is a folder: look for what is in it"};
    }
    const GraphLimits& limits = call.services().limits;
    if (integer_at(*item, "size") > static_cast<std::int64_t>(limits.file_bytes_max)) {
      co_return Error{Errc::too_large, "'" + name + "' is over " +
                                           std::to_string(limits.file_bytes_max >> 20U) + " MiB"};
    }
    auto loading = call.download(path + "/content", string_at(*item, "webUrl"), file_permissions());
    const Result<std::string> bytes = co_await std::move(loading);
    if (!bytes) co_return bytes.error();
    const Result<std::string> text = call.services().text_of(name, *bytes);
    if (!text) {
      co_return Error{Errc::unsupported,
                      "'" + name + "' cannot be read as text: " + text.error().message()};
    }
    Json out = graph_piece(call.cutter().cut(*text), integer_at(args, "offset"),
                           integer_at(args, "bytes", kReadUsual));
    out["name"] = name;
    out["url"] = string_at(*item, "webUrl");
    put_unless_empty(out, "changed", string_at(*item, "lastModifiedDateTime"));
    co_return out;
  }

 private:
  // Office's files say by their address where they are shown, not where they lie: then the library
  // and the path in it do.
  awaitable<Result<void>> permit(Json item, std::string drive, GraphCall& call) {
    auto bounding = bounds(call);
    const Result<FileBounds> within = co_await std::move(bounding);
    if (!within) co_return within.error();
    const GraphFiles::Ids ids = ids_of(item);
    if (lies_within(*within, string_at(item, "webUrl"), ids)) co_return Result<void>{};
    GraphAsk ask;
    ask.path = std::move(drive);
    ask.query = {{"$select", "webUrl"}};
    ask.permissions = file_permissions();
    auto asking = call.ask(std::move(ask));
    const Result<Json> library = co_await std::move(asking);
    if (!library) co_return library.error();
    const std::string folder = string_at(member_at(item, "parentReference"), "path");
    const std::size_t root = folder.find("root:");
    if (root != std::string::npos) {
      const std::string url = string_at(*library, "webUrl") + folder.substr(root + 5) + "/" +
                              graph_escaped(string_at(item, "name"));
      if (lies_within(*within, url, ids)) co_return Result<void>{};
    }
    co_return Error{Errc::not_found, "that file lies outside of what this agent may read"};
  }
};

}  // namespace

void add_file_tools(GraphToolList& tools, const GraphFiles& files, SharedGraphServices services) {
  const Json scope = scope_json(files);
  const std::string where = files.is_limited() ? ", in the places that this agent was given" : "";
  GraphToolWords search;
  search.name = "files.search";
  search.description =
      "Finds files and list items in the organisation's OneDrive and SharePoint" + where +
      ". Gives their addresses (cite these) and passages; graph:files.read reads one by its id.";
  search.properties = {{"query", graph_text_property("What to look for, in a few words")},
                       {"limit", graph_limit_property(kFilesMax, kFilesUsual)}};
  search.required = {"query"};
  tools.push_back(std::make_unique<FileSearch>(graph_spec(std::move(search), *services, scope),
                                               files, services));
  GraphToolWords read;
  read.name = "files.read";
  read.description =
      "Reads the text of a file in OneDrive or SharePoint, from an offset. Cite its address.";
  read.properties = {
      {"id",
       {{"type", "string"},
        {"pattern", "^[A-Za-z0-9][A-Za-z0-9!_.-]{0,199}/[A-Za-z0-9][A-Za-z0-9!_.-]{0,199}$"},
        {"description", "As graph:files.search gives it"}}},
      {"offset", {{"type", "integer"}, {"minimum", 0}, {"default", 0}}},
      {"bytes",
       {{"type", "integer"}, {"minimum", 1}, {"maximum", kReadMax}, {"default", kReadUsual}}}};
  read.required = {"id"};
  tools.push_back(
      std::make_unique<FileRead>(graph_spec(std::move(read), *services, scope), files, services));
}

}  // namespace yoke
