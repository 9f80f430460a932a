#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "runtime/base/result.h"
#include "runtime/base/time.h"
#include "runtime/http/http.h"

namespace yoke {

class Credentials;
class HttpClient;

struct GraphLimits {
  std::size_t reply_bytes_max = 4u << 20;    // of each reply
  std::size_t file_bytes_max = 16u << 20;    // of a file's content
  std::size_t value_bytes_max = 256u << 10;  // of a result, as JSON
  std::size_t body_bytes_max = 60'000;       // of a message's text
  int pages_max = 4;                         // of a search whose hits are sorted out here
  int waits_max = 2;                         // for a service that asks to wait
  std::chrono::seconds wait_max{20};         // each time; one that asks for more is an error
};

// What tools over Microsoft Graph need of their host. What is referred to outlives the tools.
struct GraphServices {
  HttpClient& client;
  Credentials& credentials;
  std::string base_url = "https://graph.microsoft.com/v1.0";
  // Where its host may lie; empty: at public addresses alone.
  PermitAddress permit_address = {};
  // The text of a document, by its name's ending ("a.docx", "a.html"): see document_text().
  std::function<Result<std::string>(const std::string& name, const std::string& bytes)> text_of =
      {};
  std::function<Micros()> now = {};
  // What a person does about a sign-in that is not taken, and about one that lacks a permission.
  std::string renew = "`yoke graph login` signs in anew";
  std::string widen = "`yoke graph login` asks for it";
  GraphLimits limits = {};
};

}  // namespace yoke
