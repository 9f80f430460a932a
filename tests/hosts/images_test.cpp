#include <catch2/catch.hpp>

#include "hosts/app/images.h"
#include "runtime/base/base64.h"
#include "tests/hosts/sample.h"
#include "tests/support/mock_openai.h"

namespace yoke::testing {
namespace {

const std::string kPng = std::string("\x89PNG\r\n\x1a\n", 8) + "pixels";

// A run in which a tool gave a picture and a recording.
class Pictures : public Sample {
 public:
  Pictures() {
    write("tools/cam.lua",
          "return tool { name = \"words.shot\", description = \"Takes a picture.\", input = {},\n"
          "  effect = \"read\", run = function() return { content = {\n"
          "    { type = \"text\", text = \"A cat.\" },\n"
          "    { type = \"image\", data = \"" +
              png + "\", mimeType = \"image/png\" },\n    { type = \"audio\", data = \"" + wav +
              "\", mimeType = \"audio/wav\" } } } end }\n");
    write("models/sample.lua",
          "return model { name = \"sample\", reply = function(request)\n"
          "  local last = request.messages[#request.messages]\n"
          "  if last.role == \"tool\" then return { text = \"It is a cat.\" } end\n"
          "  return { calls = { { tool = \"words.shot\", args = {} } } }\nend }\n");
    id = run("look");
  }
  std::string told(Args args) const {
    const Ended ended = yoke(args);
    INFO(ended.err);
    REQUIRE(ended.status == 0);
    return ended.out;
  }
  // No text that people read holds the picture itself.
  void check_told(const std::string& text) const {
    CHECK(holds(text, "image/png, 14 bytes"));
    CHECK(text.find(png) == std::string::npos);
    CHECK(text.find(wav) == std::string::npos);
  }
  const std::string png = to_base64(kPng);
  const std::string wav = to_base64("RIFF....WAVEfmt sound");
  std::string id;
};

class Lab : public Sample {
 public:
  Lab() : server(MockOpenAi::Options{}) {
    write("yoke.toml", read("yoke.toml") + "\n[backends.lab]\npreset = \"openai-compatible\"\n" +
                           "base_url = \"" + server.base_url() + "\"\n");
    write("cat.png", kPng);
  }
  MockOpenAi server;
};

}  // namespace

TEST_CASE("an image is a file, an address or base64, and told by its first bytes") {
  const TempFolder folder;
  folder.write("a.dat", kPng);
  folder.write("b.png", "no picture");
  const auto loaded = load_images({folder.file("a.dat"), "https://example.test/b.jpg",
                                   "data:image/gif;base64," + to_base64("GIF89a...")});
  REQUIRE(loaded.has_value());
  CHECK((*loaded)[0].url == "data:image/png;base64," + to_base64(kPng));
  CHECK((*loaded)[1].url == "https://example.test/b.jpg");
  CHECK((*loaded)[2].media_type == "image/gif");
  const auto text = load_images({folder.file("b.png")});
  REQUIRE_FALSE(text.has_value());
  CHECK(text.error().detail.find("it is no PNG, JPEG, GIF or WebP") != std::string::npos);
  CHECK_FALSE(load_images({folder.file("absent.png")}).has_value());
  CHECK_FALSE(load_images({"data:image/png;base64,###"}).has_value());
}

TEST_CASE("an image over the bound is refused before it is read into a request") {
  const TempFolder folder;
  folder.write("big.png", kPng + std::string(kImageBytesMax, 'x'));
  const auto loaded = load_images({folder.file("big.png")});
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().detail.find("it is over 5 MiB") != std::string::npos);
}

TEST_CASE("a model that is known to take no images refuses them before anything is sent") {
  const Lab lab;
  lab.write("yoke.toml",
            lab.read("yoke.toml") + "\n[backends.lab.models.\"echo\"]\nimages = false\n");
  const Ended ended = lab.yoke(
      Args{"run", "--model", "lab/echo", "--image", lab.file("cat.png"), "helper", "Look"});
  CHECK(ended.status == 1);
  CHECK(ended.err.find("'lab/echo' takes no images, as far as is known; name a model that does") !=
        std::string::npos);
  CHECK(lab.server.requests().empty());
}

TEST_CASE("run shows its images to the model, and keeps them in the journal") {
  const Lab lab;
  const Ended ended = lab.yoke(Args{"run", "--model", "lab/echo", "--image", lab.file("cat.png"),
                                    "--image", "https://example.test/b.jpg", "helper", "Look"});
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  const auto requests = lab.server.requests();
  REQUIRE(requests.size() == 1);
  const Json& content = member_at(member_at(requests[0], "messages").back(), "content");
  REQUIRE(content.size() == 3);
  const Json& first = member_at(content[1], "image_url");
  CHECK(string_at(first, "url") == "data:image/png;base64," + to_base64(kPng));
  CHECK(lab.yoke(Args{"runs", "replay", "@last"}).status == 0);

  const Ended listed = lab.yoke(Args{"runs", "images", "@last", "--to", lab.file("out")});
  CHECK(listed.out.find("image-1-1  task  image/png, 14 bytes") != std::string::npos);
  CHECK(listed.out.find("image at https://example.test/b.jpg") != std::string::npos);
  CHECK(lab.read("out/image-1-1.png") == kPng);
}

TEST_CASE("an image that is none ends the command with its name and status 2") {
  const Lab lab;
  lab.write("notes.txt", "words");
  const Ended ended = lab.yoke(
      Args{"run", "--model", "lab/echo", "--image", lab.file("notes.txt"), "helper", "Look"});
  CHECK(ended.status == 2);
  CHECK(ended.err.find("notes.txt': it is no PNG, JPEG, GIF or WebP") != std::string::npos);
  CHECK(lab.server.requests().empty());
}

TEST_CASE("what a tool gave to be seen is listed, and written as it was") {
  const Pictures project;
  const std::string listed =
      project.told({"runs", "images", project.id, "--to", project.file("out")});
  CHECK(holds(listed, "words.shot  image/png, 14 bytes"));
  CHECK(holds(listed, "words.shot  audio/wav, 21 bytes"));
  std::vector<Json> found = json_lines(project.told({"runs", "images", project.id, "--json"}));
  REQUIRE(found.size() == 2);
  CHECK(string_at(found[0], "from") == "words.shot");
  CHECK(string_at(found[1], "media_type") == "audio/wav");
  CHECK(project.read("out/" + string_at(found[0], "name") + ".png") == kPng);
  CHECK(project.read("out/" + string_at(found[1], "name") + ".wav") == "RIFF....WAVEfmt sound");
}

TEST_CASE("what people read tells a tool's image by type and size, and how to have it") {
  const Pictures project;
  const std::string shown = project.told({"runs", "show", project.id});
  project.check_told(shown);
  CHECK(holds(shown, "yoke runs images " + project.id + " --to DIR"));
  project.check_told(project.told({"runs", "show", project.id, "--why"}));
  const std::string report = project.told({"runs", "export", project.id, "--as", "markdown"});
  project.check_told(report);
  CHECK(holds(report, "`yoke runs images " + project.id + " --to DIR`"));
  project.check_told(project.told({"runs", "export", project.id, "--as", "otlp", "--content"}));
  CHECK(project.yoke(Args{"run", "helper", "look"}).err.find(project.png) == std::string::npos);
}

TEST_CASE(
    "a page shows a tool's image, holds nothing else that is fetched, and none when redacted") {
  const Pictures project;
  const std::string page = project.told({"runs", "export", project.id, "--as", "html"});
  CHECK(holds(page, " src=\"data:image/png;base64," + project.png + "\""));
  CHECK(page.find(project.wav) == std::string::npos);
  CHECK(holds(page, "audio/wav, 21 bytes"));
  CHECK(holds(page, "img-src data:;"));
  const std::string redacted =
      project.told({"runs", "export", project.id, "--as", "html", "--redact"});
  CHECK(redacted.find("<img") == std::string::npos);
  project.check_told(redacted);
}

TEST_CASE("a conversation about what a tool showed is not to be learnt from, and why is said") {
  const Pictures project;
  const Ended ended = project.yoke(
      Args{"runs", "export", project.id, "--as", "sft", "--to", project.file("set.jsonl")});
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "it shows images, for which these sets have no place: image/png"));
  CHECK(project.read("set.jsonl").empty());
}

}  // namespace yoke::testing
