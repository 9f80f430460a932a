#include <algorithm>

#include "runtime/base/text.h"
#include "tools/graph/tool_makers.h"

// People of the organisation.
namespace yoke {
namespace {

constexpr int kPeopleMax = 25;
constexpr int kPeopleUsual = 8;
constexpr const char* kUserFields =
    "id,displayName,mail,userPrincipalName,jobTitle,department,officeLocation,businessPhones,"
    "mobilePhone";

Json phones_of(const Json& person) {
  Json phones = Json::array();
  for (const Json& each : member_at(person, "phones")) {
    const std::string number = string_at(each, "number");
    if (!number.empty()) phones.push_back(number);
  }
  for (const Json& each : member_at(person, "businessPhones")) phones.push_back(each);
  const std::string mobile = string_at(person, "mobilePhone");
  if (!mobile.empty()) phones.push_back(mobile);
  return phones;
}

// A person or user of the service, as it is told.
Json told_person(const Json& person) {
  Json one{{"name", string_at(person, "displayName")}};
  std::string mail = string_at(person, "mail");
  const Json& scored = member_at(person, "scoredEmailAddresses");
  if (mail.empty() && scored.is_array() && !scored.empty()) mail = string_at(scored[0], "address");
  put_unless_empty(one, "email", mail);
  // What graph:people.read takes; groups and people outside have none.
  put_unless_empty(one, "id", string_at(person, "userPrincipalName"));
  put_unless_empty(one, "title", string_at(person, "jobTitle"));
  put_unless_empty(one, "department", string_at(person, "department"));
  put_unless_empty(one, "office", string_at(person, "officeLocation"));
  Json phones = phones_of(person);
  if (!phones.empty()) one["phones"] = std::move(phones);
  return one;
}

bool is_known(const Json& people, const Json& person) {
  return std::any_of(people.begin(), people.end(), [&](const Json& each) {
    const std::string id = string_at(each, "id");
    return id.empty() ? string_at(each, "email") == string_at(person, "email")
                      : id == string_at(person, "id");
  });
}

class PeopleSearch final : public GraphTool {
 public:
  using GraphTool::GraphTool;

 protected:
  // Those whom this person works with come first, then the directory's.
  awaitable<Result<Json>> answer(Json args, GraphCall& call) override {
    const std::string name = search_value(string_at(args, "query"));
    if (name.empty()) co_return Error{Errc::invalid, "the query has no name to look for"};
    const std::string top = std::to_string(integer_at(args, "limit", kPeopleUsual));
    GraphAsk near;
    near.path = "/me/people";
    near.query = {{"$search", "\"" + name + "\""}, {"$top", top}};
    near.permissions = {"People.Read"};
    auto asking_near = call.ask(std::move(near));
    const Result<Json> close = co_await std::move(asking_near);
    GraphAsk all;
    all.path = "/users";
    all.query = {{"$search", "\"displayName:" + name + "\" OR \"mail:" + name + "\""},
                 {"$select", kUserFields},
                 {"$top", top},
                 {"$count", "true"}};
    all.headers.set("ConsistencyLevel", "eventual");
    all.permissions = {"User.Read.All"};
    auto asking_all = call.ask(std::move(all));
    const Result<Json> directory = co_await std::move(asking_all);
    if (!close && !directory) co_return close.error();
    Json people = Json::array();
    const auto most = static_cast<std::size_t>(integer_at(args, "limit", kPeopleUsual));
    const auto take = [&](const Result<Json>& reply) {
      if (!reply) return;
      for (const Json& each : member_at(*reply, "value")) {
        Json person = told_person(each);
        if (people.size() < most && !is_known(people, person)) people.push_back(std::move(person));
      }
    };
    take(close);
    take(directory);
    Json out{{"people", std::move(people)}};
    if (!close) out["note"] = "only the directory was asked: " + close.error().detail;
    if (!directory) out["note"] = "the directory was not asked: " + directory.error().detail;
    if (out["people"].empty() && !out.contains("note"))
      out["note"] = "nobody is found by that name";
    co_return out;
  }
};

class PeopleRead final : public GraphTool {
 public:
  using GraphTool::GraphTool;

 protected:
  awaitable<Result<Json>> answer(Json args, GraphCall& call) override {
    const std::string path = "/users/" + graph_escaped(string_at(args, "id"));
    auto asking = call.ask(user(path));
    const Result<Json> person = co_await std::move(asking);
    if (!person) co_return person.error();
    Json out = told_person(*person);
    auto asking_manager = call.ask(user(path + "/manager"));
    const Result<Json> manager = co_await std::move(asking_manager);
    if (manager) out["manager"] = told_person(*manager);
    if (!manager && manager.error().code != Errc::not_found) co_return manager.error();
    auto asking_reports = call.ask(user(path + "/directReports"));
    const Result<Json> reports = co_await std::move(asking_reports);
    if (!reports) co_return reports.error();
    Json below = Json::array();
    for (const Json& each : member_at(*reports, "value")) below.push_back(told_person(each));
    out["reports"] = std::move(below);
    co_return out;
  }

 private:
  static GraphAsk user(std::string path) {
    GraphAsk ask;
    ask.path = std::move(path);
    ask.query = {{"$select", kUserFields}};
    ask.permissions = {"User.Read.All"};
    return ask;
  }
};

}  // namespace

void add_people_tools(GraphToolList& tools, SharedGraphServices services) {
  GraphToolWords search;
  search.name = "people.search";
  search.description =
      "Finds people of the organisation by name or email address: title, department, office, "
      "phones. graph:people.read tells whom one of them reports to.";
  search.properties = {{"query", graph_text_property("A name, or an email address")},
                       {"limit", graph_limit_property(kPeopleMax, kPeopleUsual)}};
  search.required = {"query"};
  tools.push_back(
      std::make_unique<PeopleSearch>(graph_spec(std::move(search), *services, nullptr), services));
  GraphToolWords read;
  read.name = "people.read";
  read.description = "Tells of one person of the organisation: manager and reports too.";
  read.properties = {{"id",
                      {{"type", "string"},
                       {"pattern", "^[A-Za-z0-9][A-Za-z0-9._'+@#-]{0,199}$"},
                       {"description", "As graph:people.search gives it, or \"name@domain\""}}}};
  read.required = {"id"};
  tools.push_back(
      std::make_unique<PeopleRead>(graph_spec(std::move(read), *services, nullptr), services));
}

}  // namespace yoke
