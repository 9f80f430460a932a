// What it takes to load OpenAPI documents of the size of GitHub's (10 MB of JSON) and Microsoft
// Graph's (35 MB of YAML), and to read operations of them.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "bench/measure.h"
#include "tools/openapi/document.h"
#include "tools/openapi/operation.h"
#include "tools/openapi/request.h"

namespace yoke {
namespace {

constexpr std::size_t kMegabyte = 1'000'000;

std::string words(std::size_t seed, int count) {
  static constexpr const char* kWords[] = {"the",  "list",  "of",     "items", "that",
                                           "user", "may",   "access", "with",  "properties",
                                           "and",  "their", "values", "read",  "only"};
  std::string text;
  for (int i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    text += kWords[(seed * 31 + static_cast<std::size_t>(i) * 7) % std::size(kWords)];
  }
  return text;
}

Json github_schema(std::size_t seed) {
  Json properties = Json::object();
  for (int i = 0; i < 20; ++i) {
    const std::string name = "field_" + std::to_string(i);
    properties[name] = {{"type", i % 4 == 0 ? "integer" : "string"},
                        {"description", words(seed + static_cast<std::size_t>(i), 8)}};
    if (i % 5 == 1) properties[name]["nullable"] = true;
  }
  properties["owner"] = {{"$ref", "#/components/schemas/schema-" + std::to_string(seed % 400)}};
  return Json{{"type", "object"}, {"properties", properties}, {"required", {"field_0"}}};
}

// Operations with their replies and examples written out, few shared schemas: 10 KB an operation.
std::string github_document(std::size_t bytes) {
  Json document = {{"openapi", "3.0.3"},
                   {"info", {{"title", "REST API"}, {"version", "1"}}},
                   {"servers", {{{"url", "https://api.example.com"}}}}};
  for (std::size_t i = 0; i < 400; ++i) {
    document["components"]["schemas"]["schema-" + std::to_string(i)] = github_schema(i + 1);
  }
  std::string text = to_pretty_text(document);
  text.resize(text.rfind('}'));
  text += ",\n  \"paths\": {";
  for (std::size_t i = 0; text.size() < bytes; ++i) {
    Json example = Json::object();
    for (int k = 0; k < 60; ++k) example["field_" + std::to_string(k)] = words(i, 6);
    Json operation = {{"operationId", "repos/list-things-" + std::to_string(i)},
                      {"summary", words(i, 4)},
                      {"description", words(i, 40)}};
    operation["parameters"] = {
        {{"name", "owner"}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}},
        {{"name", "page"}, {"in", "query"}, {"schema", {{"type", "integer"}, {"default", 1}}}}};
    operation["responses"]["200"] = {
        {"description", "ok"},
        {"content",
         {{"application/json",
           {{"schema", {{"type", "array"}, {"items", github_schema(i)}}},
            {"examples", {{"default", {{"value", example}}}}}}}}}};
    const Json path = {{"get", operation}};
    text += (i > 0 ? ",\n" : "\n") + std::string("\"/repos/{owner}/things-") + std::to_string(i) +
            "\": " + to_pretty_text(path);
  }
  return text + "\n}\n}\n";
}

void add_graph_path(std::size_t i, std::string& text) {
  const std::string n = std::to_string(i);
  const std::string schema = "microsoft.graph.type" + std::to_string(i % 5000);
  text += "  '/users/{user-id}/things" + n + "':\n";
  text += "    description: " + words(i, 12) + "\n";
  for (const char* method : {"get", "patch"}) {
    const bool reads = method == std::string("get");
    text += std::string("    ") + method + ":\n      tags:\n        - users.thing\n";
    text += "      summary: " + words(i, 5) + "\n      description: '" + words(i, 25) + "'\n";
    text += std::string("      operationId: users_") + (reads ? "ListThings" : "UpdateThings") + n +
            "\n";
    if (reads) {
      text += "      parameters:\n        - $ref: '#/components/parameters/top'\n";
      text += "        - name: $select\n          in: query\n          style: form\n";
      text += "          explode: false\n          schema:\n            type: array\n";
      text += "            items:\n              type: string\n";
    } else {
      text += "      requestBody:\n        required: true\n        content:\n";
      text += "          application/json:\n            schema:\n";
      text += "              $ref: '#/components/schemas/" + schema + "'\n";
    }
    text +=
        "      responses:\n        2XX:\n          description: Retrieved\n          content:\n";
    text += "            application/json:\n              schema:\n";
    text += "                $ref: '#/components/schemas/" + schema + "'\n";
    text += "      x-ms-docs-operation-type: operation\n";
  }
  text += "    parameters:\n      - name: user-id\n        in: path\n        required: true\n";
  text += "        style: simple\n        schema:\n          type: string\n";
}

// Many small operations over thousands of schemas that refer to each other, in circles too.
std::string graph_document(std::size_t bytes) {
  std::string text =
      "openapi: 3.0.4\ninfo:\n  title: Graph\n  version: v1.0\n"
      "servers:\n  - url: https://graph.example.com/v1.0\npaths:\n";
  for (std::size_t i = 0; text.size() < bytes * 7 / 10; ++i) add_graph_path(i, text);
  text += "components:\n  schemas:\n";
  const std::size_t room = (bytes - text.size()) / 5000;
  for (std::size_t i = 0; i < 5000; ++i) {
    const std::size_t begin = text.size();
    text += "    microsoft.graph.type" + std::to_string(i) + ":\n      title: type\n";
    text += "      type: object\n      properties:\n";
    for (std::size_t k = 0; text.size() - begin < room; ++k) {
      text += "        property" + std::to_string(k) + ":\n";
      if (k % 6 == 5) {
        text += "          $ref: '#/components/schemas/microsoft.graph.type" +
                std::to_string((i * 13 + k * 101) % 5000) + "'\n";
      } else {
        text += "          type: string\n          description: '" + words(i + k, 10) +
                "'\n          nullable: true\n";
      }
    }
  }
  text += "  parameters:\n    top:\n      name: $top\n      in: query\n      schema:\n";
  return text + "        type: integer\n        minimum: 0\n";
}

struct Case {
  const char* name;
  std::string (*make)(std::size_t bytes);
  std::size_t bytes;
};

// The peak of memory from here on: making the text is not what is measured.
void forget_peak() {
  std::FILE* const file = std::fopen("/proc/self/clear_refs", "w");
  if (file == nullptr) return;
  std::fputs("5", file);
  std::fclose(file);
}

int measure(const Case& one) {
  std::string text = one.make(one.bytes);
  const double megabytes = static_cast<double>(text.size()) / kMegabyte;
  text.shrink_to_fit();
  forget_peak();
  const double before_mb = memory_mb("VmRSS:");
  double at = cpu_ms();
  const auto document = openapi::Document::parse(std::move(text));
  const double parse_ms = cpu_ms() - at;
  if (!document) {
    std::fprintf(stderr, "%s: %s\n", one.name, document.error().message().c_str());
    return 1;
  }
  const double parsed_mb = memory_mb("VmHWM:");
  const auto& entries = (*document)->entries();
  const std::size_t count = std::min<std::size_t>(100, entries.size());
  at = cpu_ms();
  for (std::size_t i = 0; i < count; ++i) {
    const auto& entry = entries[i * (entries.size() / count)];
    const auto operation = (*document)->operation(entry);
    if (!operation) {
      std::fprintf(stderr, "%s: %s\n", one.name, operation.error().message().c_str());
      return 1;
    }
  }
  const double each_ms = (cpu_ms() - at) / static_cast<double>(count);
  std::printf("| %s | %.1f | %zu | %.0f | %.1f | %.0f | %.0f |\n", one.name, megabytes,
              entries.size(), parse_ms, each_ms, parsed_mb - before_mb, memory_mb("VmHWM:"));
  std::fflush(stdout);
  return 0;
}

// Each in a process of its own, so that its peak of memory is its own.
int run() {
  const Case cases[] = {{"as GitHub's, JSON", github_document, 10 * kMegabyte},
                        {"as GitHub's, JSON", github_document, 35 * kMegabyte},
                        {"as Graph's, YAML", graph_document, 10 * kMegabyte},
                        {"as Graph's, YAML", graph_document, 35 * kMegabyte}};
  std::printf("yardstick %.0f ms\n\n", yardstick_ms());
  std::printf(
      "| document | MB | operations | index, CPU ms | an operation, CPU ms | index, MB | peak, MB "
      "|\n|---|---|---|---|---|---|---|\n");
  std::fflush(stdout);
  int failed = 0;
  for (const Case& one : cases) {
    const pid_t child = fork();
    if (child == 0) _exit(measure(one));
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) failed = 1;
  }
  return failed;
}

}  // namespace
}  // namespace yoke

int main() { return yoke::run(); }
