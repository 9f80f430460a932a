#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tools/graph/tool_makers.h"

// Meetings in the calendar of whoever signed in.
namespace yoke {
namespace {

constexpr int kMeetingsMax = 50;
constexpr int kMeetingsUsual = 20;
constexpr int kPageSize = 50;
constexpr Micros kMicrosOfDay = Micros{24} * 3600 * 1'000'000;
constexpr Micros kDaysAhead = 7;
// Where an agent knows single meetings, they may lie further off.
constexpr Micros kDaysBack = 30;
constexpr Micros kDaysAheadOfKnown = 60;
constexpr Micros kDaysMax = 366;
constexpr std::size_t kInstanceFrom = 32;  // of a global object id: where an occurrence has its day
constexpr std::size_t kInstanceDigits = 8;
constexpr const char* kMeetingFields =
    "id,iCalUId,seriesMasterId,subject,start,end,location,organizer,attendees,bodyPreview,"
    "isCancelled,onlineMeeting,webLink";

std::string capitals(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

// The global object id of the whole series: without the day of an occurrence.
std::string series_of(std::string id) {
  if (id.size() < kInstanceFrom + kInstanceDigits) return id;
  return id.replace(kInstanceFrom, kInstanceDigits, kInstanceDigits, '0');
}

bool is_meant(const GraphMeetings::Meeting& meeting, const Json& event) {
  const std::string own = capitals(string_at(event, "iCalUId"));
  const std::string wanted = capitals(meeting.id);
  if (meeting.id == string_at(event, "id") || own == wanted) return true;
  if (!meeting.is_series) return false;
  return meeting.id == string_at(event, "seriesMasterId") ||
         (!own.empty() && series_of(own) == series_of(wanted));
}

bool may_see(const GraphMeetings& meetings, const Json& event) {
  if (meetings.meetings.empty()) return true;
  return std::any_of(meetings.meetings.begin(), meetings.meetings.end(),
                     [&](const auto& each) { return is_meant(each, event); });
}

Json told_meeting(const Json& event) {
  Json one{{"id", string_at(event, "id")},
           {"subject", string_at(event, "subject")},
           {"start", string_at(member_at(event, "start"), "dateTime")},
           {"end", string_at(member_at(event, "end"), "dateTime")}};
  put_unless_empty(one, "organizer", graph_person(member_at(event, "organizer")));
  put_unless_empty(one, "where", string_at(member_at(event, "location"), "displayName"));
  put_unless_empty(one, "url", string_at(event, "webLink"));
  put_unless_empty(one, "join", string_at(member_at(event, "onlineMeeting"), "joinUrl"));
  if (bool_at(event, "isCancelled")) one["is_cancelled"] = true;
  return one;
}

Json attendees_of(const Json& event) {
  Json people = Json::array();
  for (const Json& each : member_at(event, "attendees")) {
    Json one{{"who", graph_person(each)}};
    put_unless_empty(one, "answer", string_at(member_at(each, "status"), "response"));
    people.push_back(std::move(one));
  }
  return people;
}

// Whether each word stands somewhere in what a list tells of a meeting.
bool has_words(const Json& event, const std::string& words) {
  std::string text = string_at(event, "subject") + " " + string_at(event, "bodyPreview") + " " +
                     graph_person(member_at(event, "organizer"));
  for (const Json& each : member_at(event, "attendees")) text += " " + graph_person(each);
  const std::string all = capitals(text);
  for (const std::string& word : split(capitals(words), ' ')) {
    if (all.find(word) == std::string::npos) return false;
  }
  return true;
}

class MeetingTool : public GraphTool {
 public:
  MeetingTool(ToolSpec spec, const GraphMeetings& meetings, SharedGraphServices services)
      : GraphTool(std::move(spec), std::move(services)), meetings_(meetings) {}

 protected:
  const GraphMeetings& meetings() const { return meetings_; }

 private:
  const GraphMeetings meetings_;
};

class MeetingList final : public MeetingTool {
 public:
  using MeetingTool::MeetingTool;

 protected:
  awaitable<Result<Json>> answer(Json args, GraphCall& call) override {
    const Result<GraphQuery> window = window_of(args, call);
    if (!window) co_return window.error();
    const std::string words = search_words(string_at(args, "query"));
    const auto most = static_cast<std::size_t>(integer_at(args, "limit", kMeetingsUsual));
    GraphAsk ask;
    ask.path = "/me/calendarView";
    ask.query = *window;
    ask.query.insert(ask.query.end(), {{"$select", kMeetingFields},
                                       {"$orderby", "start/dateTime"},
                                       {"$top", std::to_string(kPageSize)}});
    ask.headers.set("Prefer", "outlook.timezone=\"UTC\"");
    ask.permissions = {"Calendars.Read"};
    auto asking = call.ask(ask);
    Result<Json> reply = co_await std::move(asking);
    Json found = Json::array();
    for (int page = 1; reply; ++page) {
      for (const Json& event : member_at(*reply, "value")) {
        const bool fits = may_see(meetings(), event) && has_words(event, words);
        if (!fits || found.size() >= most) continue;
        Json one = told_meeting(event);
        put_unless_empty(one, "text", shorten(string_at(event, "bodyPreview"), 300));
        found.push_back(std::move(one));
      }
      const std::string link = string_at(*reply, "@odata.nextLink");
      const bool enough = found.size() >= most || page >= call.services().limits.pages_max;
      if (link.empty() || enough) break;
      auto going_on = call.ask_next(link, ask);
      reply = co_await std::move(going_on);
    }
    if (!reply) co_return reply.error();
    co_return Json{{"meetings", std::move(found)},
                   {"from", (*window)[0].second},
                   {"until", (*window)[1].second},
                   {"time_zone", "UTC"}};
  }

 private:
  Result<GraphQuery> window_of(const Json& args, GraphCall& call) const {
    const bool knows_some = !meetings().meetings.empty();
    const Micros today = call.services().now() / kMicrosOfDay * kMicrosOfDay;
    Micros from = today - (knows_some ? kDaysBack * kMicrosOfDay : 0);
    Micros until = today + (knows_some ? kDaysAheadOfKnown : kDaysAhead) * kMicrosOfDay;
    const std::string first = string_at(args, "from");
    const std::string last = string_at(args, "until");
    if (!first.empty()) {
      const Result<std::string> day = search_day(first);
      if (!day) return day.error();
      from = *micros_from_iso8601(*day + "T00:00:00Z");
      if (last.empty()) until = from + kDaysAhead * kMicrosOfDay;
    }
    if (!last.empty()) {
      const Result<std::string> day = search_day(last);
      if (!day) return day.error();
      until = *micros_from_iso8601(*day + "T00:00:00Z") + kMicrosOfDay;
    }
    if (until <= from || until - from > kDaysMax * kMicrosOfDay) {
      return Error{Errc::invalid, "the days go from one to a later one, and over a year at most"};
    }
    return GraphQuery{{"startDateTime", to_iso8601(from).substr(0, 19) + "Z"},
                      {"endDateTime", to_iso8601(until).substr(0, 19) + "Z"}};
  }
};

class MeetingRead final : public MeetingTool {
 public:
  using MeetingTool::MeetingTool;

 protected:
  awaitable<Result<Json>> answer(Json args, GraphCall& call) override {
    GraphAsk ask;
    ask.path = "/me/events/" + graph_escaped(string_at(args, "id"));
    ask.query = {{"$select", std::string(kMeetingFields) + ",body"}};
    ask.headers.add("Prefer", "outlook.timezone=\"UTC\"");
    ask.headers.add("Prefer", "outlook.body-content-type=\"text\"");
    ask.permissions = {"Calendars.Read"};
    auto asking = call.ask(std::move(ask));
    const Result<Json> event = co_await std::move(asking);
    if (!event) co_return event.error();
    if (!may_see(meetings(), *event)) {
      co_return Error{Errc::not_found, "that meeting lies outside of what this agent may read"};
    }
    Json out = told_meeting(*event);
    out["time_zone"] = "UTC";
    out["text"] = graph_body_text(member_at(*event, "body"), call.services());
    Json people = attendees_of(*event);
    if (!people.empty()) out["attendees"] = std::move(people);
    co_return out;
  }
};

}  // namespace

void add_meeting_tools(GraphToolList& tools, const GraphMeetings& meetings,
                       SharedGraphServices services) {
  Json scope = Json::array();
  for (const auto& each : meetings.meetings) scope.push_back({each.id, each.is_series});
  GraphToolWords list;
  list.name = "meetings.search";
  list.description =
      std::string("Lists meetings of the calendar between two days") +
      (meetings.meetings.empty() ? "" : ", of those alone that this agent was given") +
      ", with words that they are to have. Times are UTC. graph:meetings.read tells all of one.";
  list.properties = {{"query", graph_text_property("Words of subject, text or who takes part")},
                     {"from", graph_text_property("The first day, as 2026-11-22; today")},
                     {"until", graph_text_property("The last day; a week later")},
                     {"limit", graph_limit_property(kMeetingsMax, kMeetingsUsual)}};
  tools.push_back(std::make_unique<MeetingList>(graph_spec(std::move(list), *services, scope),
                                                meetings, services));
  GraphToolWords read;
  read.name = "meetings.read";
  read.description = "Tells of one meeting: its text, and who takes part.";
  read.properties = {{"id",
                      {{"type", "string"},
                       {"pattern", "^[A-Za-z0-9][A-Za-z0-9=_+/-]{0,600}$"},
                       {"description", "As graph:meetings.search gives it"}}}};
  read.required = {"id"};
  tools.push_back(std::make_unique<MeetingRead>(graph_spec(std::move(read), *services, scope),
                                                meetings, services));
}

}  // namespace yoke
