#include "hosts/app/host_answer.h"

namespace yoke {
namespace {

Errc errc_of_status(int status) {
  switch (status) {
    case 400:
    case 422:
      return Errc::invalid;
    case 401:
    case 403:
      return Errc::denied;
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    default:
      return Errc::unavailable;
  }
}

}  // namespace

Result<Json> answer_of_host(const HttpResponse& response) {
  const bool done = response.status >= 200 && response.status < 300;
  if (done && response.body.empty()) return Json(Json::object());
  Result<Json> body = parse_json(response.body);
  if (done && body) return body;
  if (done) return Error{Errc::unavailable, "the host answered with no JSON; is it a yoke?"};
  std::string why = body ? string_at(*body, "detail") : "";
  if (why.empty()) why = "the host refused with status " + std::to_string(response.status);
  return Error{errc_of_status(response.status), std::move(why)};
}

}  // namespace yoke
