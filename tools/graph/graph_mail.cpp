#include <algorithm>

#include "runtime/base/text.h"
#include "tools/graph/tool_makers.h"

// Email of whoever signed in, or of mailboxes that are shared.
namespace yoke {
namespace {

constexpr int kMailsMax = 25;
constexpr int kMailsUsual = 10;
constexpr std::size_t kPreviewMax = 400;
constexpr const char* kListFields =
    "id,subject,from,toRecipients,receivedDateTime,bodyPreview,hasAttachments,webLink";
constexpr const char* kReadFields =
    "id,subject,from,toRecipients,ccRecipients,receivedDateTime,body,hasAttachments,webLink";

// A place that messages are looked for in: a folder of a mailbox, or all of it.
struct MailPlace {
  std::string mailbox;  // empty: of whoever signed in
  std::string path;     // below which "/messages" is
};

std::vector<MailPlace> places_of(const GraphMail& mail) {
  std::vector<std::string> mailboxes = mail.mailboxes;
  if (mailboxes.empty()) mailboxes.emplace_back();
  std::vector<MailPlace> places;
  for (const std::string& mailbox : mailboxes) {
    const std::string home = mailbox.empty() ? "/me" : "/users/" + graph_escaped(mailbox);
    for (const std::string& folder : mail.folders) {
      places.push_back({mailbox, home + "/mailFolders/" + graph_escaped(folder)});
    }
    if (mail.folders.empty()) places.push_back({mailbox, home});
  }
  return places;
}

std::vector<std::string> mail_permissions(const MailPlace& place) {
  if (place.mailbox.empty()) return {"Mail.Read"};
  return {"Mail.Read.Shared"};
}

std::string people_text(const Json& recipients) {
  std::vector<std::string> names;
  for (const Json& each : recipients) names.push_back(graph_person(each));
  return join(names, ", ");
}

Json scope_of_mail(const GraphMail& mail) {
  return Json{{"mailboxes", mail.mailboxes}, {"folders", mail.folders}};
}

// "N:ID": which of the places, and the message in it.
std::string id_of_mail(std::size_t place, const std::string& id) {
  return std::to_string(place) + ":" + id;
}

Json told_mail(const Json& message, std::size_t place, const std::string& mailbox) {
  Json one{{"id", id_of_mail(place, string_at(message, "id"))},
           {"subject", string_at(message, "subject")},
           {"from", graph_person(member_at(message, "from"))},
           {"received", string_at(message, "receivedDateTime")}};
  put_unless_empty(one, "mailbox", mailbox);
  put_unless_empty(one, "to", people_text(member_at(message, "toRecipients")));
  put_unless_empty(one, "cc", people_text(member_at(message, "ccRecipients")));
  put_unless_empty(one, "url", string_at(message, "webLink"));
  if (bool_at(message, "hasAttachments")) one["has_attachments"] = true;
  return one;
}

class MailTool : public GraphTool {
 public:
  MailTool(ToolSpec spec, const GraphMail& mail, SharedGraphServices services)
      : GraphTool(std::move(spec), std::move(services)), places_(places_of(mail)) {}

 protected:
  const std::vector<MailPlace>& places() const { return places_; }

 private:
  const std::vector<MailPlace> places_;
};

class MailSearch final : public MailTool {
 public:
  using MailTool::MailTool;

 protected:
  awaitable<Result<Json>> answer(Json args, GraphCall& call) override {
    const Result<std::string> question = question_of(args);
    if (!question) co_return question.error();
    const std::string top = std::to_string(integer_at(args, "limit", kMailsUsual));
    std::vector<Json> found;
    for (std::size_t i = 0; i < places().size(); ++i) {
      const MailPlace& place = places()[i];
      GraphAsk ask;
      ask.path = place.path + "/messages";
      ask.query = {{"$select", kListFields}, {"$top", top}};
      // A search is sorted by date already, and takes no order.
      if (question->empty()) {
        ask.query.emplace_back("$orderby", "receivedDateTime desc");
      } else {
        ask.query.emplace_back("$search", "\"" + *question + "\"");
      }
      ask.permissions = mail_permissions(place);
      auto asking = call.ask(std::move(ask));
      const Result<Json> reply = co_await std::move(asking);
      if (!reply) co_return reply.error();
      for (const Json& message : member_at(*reply, "value")) {
        Json one = told_mail(message, i, place.mailbox);
        put_unless_empty(one, "text", shorten(string_at(message, "bodyPreview"), kPreviewMax));
        found.push_back(std::move(one));
      }
    }
    std::stable_sort(found.begin(), found.end(), [](const Json& a, const Json& b) {
      return string_at(a, "received") > string_at(b, "received");
    });
    const auto most = static_cast<std::size_t>(integer_at(args, "limit", kMailsUsual));
    if (found.size() > most) found.resize(most);
    Json out{{"messages", std::move(found)}};
    if (out["messages"].empty()) out["note"] = "no message is found: try fewer or other words";
    co_return out;
  }

 private:
  static Result<std::string> question_of(const Json& args) {
    std::vector<std::string> parts;
    const std::string words = search_words(string_at(args, "query"));
    if (!words.empty()) parts.push_back(words);
    const std::string from = search_value(string_at(args, "from"));
    // Each word of a name by itself: a phrase would need quotes within the quotes.
    for (const std::string& word : split(from, ' ')) {
      if (!word.empty()) parts.push_back("from:" + word);
    }
    for (const auto& [key, sign] : {std::pair("since", ">="), std::pair("until", "<=")}) {
      const std::string day = string_at(args, key);
      if (day.empty()) continue;
      const Result<std::string> normal = search_day(day);
      if (!normal) return normal.error();
      parts.push_back("received" + std::string(sign) + *normal);
    }
    return join(parts, " AND ");
  }
};

class MailRead final : public MailTool {
 public:
  using MailTool::MailTool;

 protected:
  awaitable<Result<Json>> answer(Json args, GraphCall& call) override {
    const std::string id = string_at(args, "id");
    const std::size_t colon = id.find(':');
    const auto at = static_cast<std::size_t>(std::stoul(id.substr(0, colon)));
    if (at >= places().size()) {
      co_return Error{Errc::not_found, "there is no message " + id + ": take an id as " +
                                           "graph:email.search gives it"};
    }
    // Asked for below the folder: a message that lies elsewhere is not found there.
    const MailPlace& place = places()[at];
    GraphAsk ask;
    ask.path = place.path + "/messages/" + graph_escaped(id.substr(colon + 1));
    ask.query = {{"$select", kReadFields},
                 {"$expand", "attachments($select=name,size,contentType)"}};
    ask.headers.set("Prefer", "outlook.body-content-type=\"text\"");
    ask.permissions = mail_permissions(place);
    auto asking = call.ask(std::move(ask));
    const Result<Json> message = co_await std::move(asking);
    if (!message) co_return message.error();
    Json out = told_mail(*message, at, place.mailbox);
    out["text"] = graph_body_text(member_at(*message, "body"), call.services());
    Json attachments = Json::array();
    for (const Json& each : member_at(*message, "attachments")) {
      attachments.push_back(
          {{"name", string_at(each, "name")}, {"bytes", integer_at(each, "size")}});
    }
    if (!attachments.empty()) out["attachments"] = std::move(attachments);
    co_return out;
  }
};

}  // namespace

void add_mail_tools(GraphToolList& tools, const GraphMail& mail, SharedGraphServices services) {
  const Json scope = scope_of_mail(mail);
  const std::string where = mail.mailboxes.empty()
                                ? "the mailbox of whoever signed in"
                                : "the mailboxes " + shorten(join(mail.mailboxes, ", "), 300);
  GraphToolWords search;
  search.name = "email.search";
  search.description =
      "Finds email in " + where +
      (mail.folders.empty() ? "" : ", in the folders that this agent was given") +
      ", the newest first; without a query the newest. graph:email.read reads one.";
  const char* const day = "A day, as 2026-11-22";
  search.properties = {{"query", graph_text_property("Words of subject, text or sender")},
                       {"from", graph_text_property("Who sent it: a name or an address")},
                       {"since", graph_text_property(day)},
                       {"until", graph_text_property(day)},
                       {"limit", graph_limit_property(kMailsMax, kMailsUsual)}};
  tools.push_back(std::make_unique<MailSearch>(graph_spec(std::move(search), *services, scope),
                                               mail, services));
  GraphToolWords read;
  read.name = "email.read";
  read.description = "Reads one email as text, with the names of its attachments.";
  read.properties = {{"id",
                      {{"type", "string"},
                       {"pattern", "^[0-9]{1,3}:[A-Za-z0-9][A-Za-z0-9=_+/-]{0,600}$"},
                       {"description", "As graph:email.search gives it"}}}};
  read.required = {"id"};
  tools.push_back(
      std::make_unique<MailRead>(graph_spec(std::move(read), *services, scope), mail, services));
}

}  // namespace yoke
