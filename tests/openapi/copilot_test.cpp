#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "runtime/schema/schema.h"
#include "tests/openapi/fixture.h"
#include "tests/support/real_manifests.h"

namespace yoke::openapi {
namespace {

std::string file_text(const std::string& path) {
  std::ifstream file(testing::real_manifests() + "/" + path);
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct RealDocument {
  std::string path;
  std::vector<std::string> operations;
};

const std::vector<RealDocument>& real_documents() {
  static const std::vector<RealDocument> all = {
      {"semantic-kernel/AstronomyPlugin/astronomy-openapi.yml", {"apod"}},
      {"semantic-kernel/AstronomyPlugin/messages-openapi.yml", {"me_ListMessages", "me_sendMail"}},
      {"semantic-kernel/CalendarPlugin/calendar-openapi.yml",
       {"me_calendar_ListEvents", "me_calendar_CreateEvents"}},
      {"semantic-kernel/ContactsPlugin/contacts-openapi.yml", {"me_ListContacts"}},
      {"semantic-kernel/DriveItemPlugin/driveitem-openapi.yml", {"drives_GetItemsContent"}},
      {"semantic-kernel/MessagesPlugin/messages-openapi.yml", {"me_ListMessages", "me_sendMail"}},
      {"semantic-kernel/RetrievalPlugin/retrieval-openapi.yml", {"copilot_retrieval"}},
      {"pnp/da-ITHelpdesk/apiSpecificationFile/openapi.yaml",
       {"getUserDetails", "listIncidents", "createIncident", "updateIncident", "deleteIncident",
        "getOngoingOutages"}},
      {"pnp/da-repairs-oauth-js/apiSpecificationFile/repair.yml", {"listRepairs"}},
      {"pnp/da-ristorante-api-js/apiSpecificationFile/ristorante.yml", {"getDishes", "placeOrder"}},
  };
  return all;
}

}  // namespace

TEST_CASE("every operation of real plugins is read, with a schema that checks its arguments") {
  if (!testing::has_real_manifests()) return;
  for (const RealDocument& real : real_documents()) {
    CAPTURE(real.path);
    const auto document = document_of(file_text(real.path));
    std::vector<Finding> left_out;
    const std::vector<Operation> operations = document->operations(left_out);
    for (const Finding& finding : left_out) UNSCOPED_INFO(describe(finding));
    CHECK(left_out.empty());
    std::vector<std::string> ids;
    for (const Operation& operation : operations) {
      ids.push_back(operation.id);
      CHECK(Schema::compile(operation.input_schema).has_value());
      CHECK((operation.output_schema.is_null() ||
             Schema::compile(operation.output_schema).has_value()));
    }
    CHECK(ids == real.operations);
  }
}

TEST_CASE("a document that is read in parts says the same as one that is read whole") {
  if (!testing::has_real_manifests()) return;
  for (const RealDocument& real : real_documents()) {
    CAPTURE(real.path);
    const std::string text = file_text(real.path);
    for (const std::string& id : real.operations) {
      const Operation part = operation_of(text, id);
      const Operation whole = operation_of(text + "\nx-a: &anchor 1\nx-b: *anchor\n", id);
      CHECK(part.input_schema == whole.input_schema);
      CHECK(part.output_schema == whole.output_schema);
      CHECK(part.description == whole.description);
      CHECK(part.parameters.size() == whole.parameters.size());
    }
  }
}

TEST_CASE("a call of Microsoft Graph is written as its document says") {
  if (!testing::has_real_manifests()) return;
  const Operation list = operation_of(
      file_text("semantic-kernel/CalendarPlugin/calendar-openapi.yml"), "me_calendar_ListEvents");
  const Request request =
      request_of(list, {{"top", 5}, {"orderby", {"start/dateTime", "subject"}}, {"count", true}});
  CHECK(request.url ==
        "https://graph.microsoft.com/v1.0/me/calendar/events"
        "?$top=5&$count=true&$orderby=start%2FdateTime,subject");
  CHECK(request.headers.get("Accept") == "application/json");
  REQUIRE(list.paging.has_value());
  CHECK(list.paging->next_link == "@odata.nextLink");
  CHECK(list.paging->items == "value");
}

}  // namespace yoke::openapi
