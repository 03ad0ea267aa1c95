using System.Text;
using System.Text.Json.Nodes;
using Sanctum.Client;
using Sanctum.EndToEnd.Tests.Errors;
using Sanctum.EndToEnd.Tests.Harness;
using Sanctum.Upstream;

namespace Sanctum.EndToEnd.Tests.Operations;

/// <summary><c>http_request</c> through the real executable, as each client sends it.</summary>
[Collection(nameof(RequestVault))]
public sealed class HttpRequestTests(RequestVault vault)
{
    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task A_request_as_the_Python_and_Node_clients_send_it_works(Transport transport)
    {
        using var wire = await vault.SignInAsync(RequestVault.Agent, transport);
        var answer = await wire.DoAsync("use", Use(RequestVault.Key, Request($"{vault.Secure.Origin}/echo/body", "POST", ("headers", new JsonObject { ["Content-Type"] = "text/plain" }), ("body", "hello"), ("header_type", "bearer"))));
        Shape.Of(answer, "status:integer headers:object body:string");
        Assert.Equal((200, "hello"), ((int)answer["status"]!, (string)answer["body"]!));
        var sent = vault.Secure.Requests.Last(request => request.Target == "/echo/body");
        Assert.Equal(("POST", $"Bearer {RequestVault.Secret}", "hello", "text/plain"), (sent.Method, sent["Authorization"], sent.Text, sent["Content-Type"]));
    }

    [Fact]
    public async Task A_request_as_the_Rust_client_sends_it_works()
    {
        using var wire = await vault.SignInRustAsync(RequestVault.Agent);
        var call = Use(RequestVault.Key, Request($"{vault.Plain.Origin}/ok", "GET", ("header_type", "api_key")));
        var answer = Shape.Of(WireClient.Result(await wire.CallAsync("credential.use", call)), "success:true output:object")["output"]!;
        Assert.Equal((200, "ok"), ((int)answer["status"]!, (string)answer["body"]!));
        Assert.Equal(RequestVault.Secret, vault.Plain.Requests.Last(request => request.Target == "/ok" && request["X-API-Key"] is not null)["X-API-Key"]);
    }

    [Fact]
    public async Task A_request_as_the_dotnet_client_sends_it_works()
    {
        await using var client = await vault.Home.ConnectAsync(RequestVault.Agent);
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{vault.Secure.Origin}/echo/body") { Content = new ByteArrayContent([0xff, 0, 1]) };
        using var response = await client.SendAsync(RequestVault.Key, request);
        Assert.Equal([0xff, 0, 1], await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/echo/headers")]
    [InlineData("/echo/header")]
    [InlineData("/echo/trailer")]
    [InlineData("/echo/location")]
    [InlineData("/encoded/gzip")]
    [InlineData("/encoded/br")]
    [InlineData("/encoded/zstd")]
    public async Task The_secret_is_not_in_what_comes_back(string route)
    {
        var answer = (await vault.UseAsync(RequestVault.Agent, RequestVault.Key, "http_request", Request(vault.Secure.Origin + route))).ToJsonString();
        Assert.DoesNotContain(RequestVault.Secret, answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Uri.EscapeDataString(RequestVault.Secret), answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("REDACTED", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_binary_response_comes_as_base64_byte_for_byte()
    {
        var response = await vault.UseAsync(RequestVault.Agent, RequestVault.Key, "http_request", Request($"{vault.Plain.Origin}/bytes/5000"));
        Shape.Of(response, "status:integer headers:object body_base64:string");
        using var direct = new HttpClient();
        Assert.Equal(await direct.GetByteArrayAsync($"{vault.Plain.Origin}/bytes/5000"), Convert.FromBase64String((string)response["body_base64"]!));
    }

    [Theory]
    [InlineData(RequestVault.Key, "https://api.example.com/")]
    [InlineData(RequestVault.Unbound, "https://api.example.com/")]
    [InlineData(RequestVault.Elsewhere, "http://nothing.example/")]
    public async Task A_destination_that_is_not_bound_is_denied(string path, string url) =>
        ErrorObject.Is("EGRESS_DENIED", await RefusedAsync(path, Request(url)));

    [Theory]
    [InlineData("/breaks")]
    [InlineData("/encoded/unknown")]
    [InlineData("/encoded/corrupt")]
    public async Task A_response_that_is_unusable_is_upstream_failed(string route) =>
        ErrorObject.Is("UPSTREAM_FAILED", await RefusedAsync(RequestVault.Key, Request(vault.Plain.Origin + route)));

    [Fact]
    public async Task A_host_that_is_nowhere_is_upstream_failed() =>
        ErrorObject.Is("UPSTREAM_FAILED", await RefusedAsync(RequestVault.Elsewhere, Request("https://nothing.example/")));

    [Fact]
    public async Task A_service_that_takes_too_long_is_upstream_failed_and_is_left()
    {
        ErrorObject.Is("UPSTREAM_FAILED", await RefusedAsync(RequestVault.Key, Request($"{vault.Plain.Origin}/slow/too-long", "GET", ("timeout", 5))));
        var left = vault.Plain.Requests.Last(request => request.Target == "/slow/too-long");
        Assert.Equal(RequestEnding.ClientLeft, await left.Ending.WaitAsync(TimeSpan.FromMinutes(2)));
    }

    // Each of these could have gone on for five minutes, and there may be 32 of them.
    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task An_agent_that_hangs_up_leaves_no_request_behind(Transport transport)
    {
        const int AllOfThem = 32;
        var target = $"/slow/hung-up-{transport}";
        using (var wire = await vault.SignInAsync(RequestVault.Agent, transport))
        {
            for (var i = 1; i <= AllOfThem; i++)
            {
                var call = Use(RequestVault.Key, Request(vault.Plain.Origin + target, "GET", ("timeout", 300)));
                call["session_id"] = wire.SessionId;
                await wire.SendAsync(new JsonObject { ["id"] = i, ["method"] = "use", ["params"] = call }.ToJsonString());
            }

            await Eventually.HoldsAsync(() => Task.FromResult(vault.Plain.Requests.Count(request => request.Target == target) == AllOfThem));
        }

        foreach (var hung in vault.Plain.Requests.Where(request => request.Target == target))
        {
            Assert.Equal(RequestEnding.ClientLeft, await hung.Ending.WaitAsync(TimeSpan.FromMinutes(2)));
        }

        // The service sees it a moment before the places are given back.
        using var next = await vault.SignInAsync(RequestVault.Agent, transport);
        await Eventually.HoldsAsync(async () =>
        {
            var call = Use(RequestVault.Key, Request($"{vault.Plain.Origin}/ok"));
            call["session_id"] = next.SessionId;
            var reply = await next.CallAsync("use", call);
            return reply["error"] is null ? true : (string?)ErrorObject.Is("RATE_LIMITED", WireClient.Error(reply), "retry_after:number")["code"] is null;
        });
    }

    [Fact]
    public async Task A_response_that_no_reply_can_carry_is_too_large() =>
        ErrorObject.Is("RESPONSE_TOO_LARGE", await RefusedAsync(RequestVault.Key, Request($"{vault.Plain.Origin}/text/5000000")), "limit:integer");

    [Theory]
    [InlineData("""{"method":"GET"}""", "url")]
    [InlineData("""{"url":"https://h/"}""", "method")]
    [InlineData("""{"method":"get","url":"https://h/"}""", "method")]
    [InlineData("""{"method":"GET","url":"h"}""", "url")]
    [InlineData("""{"method":"GET","url":"https://h/","timeout":-1}""", "timeout")]
    [InlineData("""{"method":"GET","url":"https://h/","timeout":"5"}""", "timeout")]
    [InlineData("""{"method":"GET","url":"https://h/","headers":[]}""", "headers")]
    [InlineData("""{"method":"GET","url":"https://h/","headers":{"a":1}}""", "headers")]
    [InlineData("""{"method":"GET","url":"https://h/","headers":{"Host":"x"}}""", "headers")]
    [InlineData("""{"method":"GET","url":"https://h/","body":"a","body_base64":"YQ=="}""", "body_base64")]
    [InlineData("""{"method":"GET","url":"https://h/","body_base64":"***"}""", "body_base64")]
    [InlineData("""{"method":"GET","url":"https://h/","header_type":"custom"}""", "header_name")]
    [InlineData("""{"method":"GET","url":"https://h/","data":""}""", "data")]
    public async Task A_malformed_request_names_its_member(string parameters, string member) =>
        ErrorObject.Names(member, "INVALID_PARAMS", await RefusedAsync(RequestVault.Key, JsonNode.Parse(parameters)!.AsObject()));

    [Fact]
    public async Task A_call_that_needs_a_human_waits_and_is_done_once_when_it_is_the_same()
    {
        using var wire = await vault.SignInAsync(RequestVault.Asker);
        var asked = Request($"{vault.Plain.Origin}/ok/asked", "POST", ("body", "order 1"));
        var refused = ErrorObject.Is("APPROVAL_REQUIRED", await wire.RefusedAsync("use", Use(RequestVault.Asked, asked)), "approval_id:string");
        var waiting = (await vault.Home.RunAsync("approval", "list", "--json")).Done().Json["approvals"]!.AsArray();
        Assert.Equal($"POST {vault.Plain.Origin}/ok/asked", (string?)waiting.Single(it => (string?)it!["approval_id"] == (string?)refused["context"]!["approval_id"])!["summary"]);
        (await vault.Home.RunAsync("approval", "approve", (string)refused["context"]!["approval_id"]!)).Done();

        foreach (var other in new[]
        {
            Request($"{vault.Plain.Origin}/ok/asked", "PUT", ("body", "order 1")),
            Request($"{vault.Plain.Origin}/ok/other", "POST", ("body", "order 1")),
            Request($"{vault.Secure.Origin}/ok/asked", "POST", ("body", "order 1")),
            Request($"{vault.Plain.Origin}/ok/asked", "POST", ("body", "order 2")),
        })
        {
            ErrorObject.Is("APPROVAL_REQUIRED", await wire.RefusedAsync("use", Use(RequestVault.Asked, other)), "approval_id:string");
        }

        Assert.Equal("ok", (string?)(await wire.DoAsync("use", Use(RequestVault.Asked, asked)))["body"]);
        ErrorObject.Is("APPROVAL_REQUIRED", await wire.RefusedAsync("use", Use(RequestVault.Asked, asked)), "approval_id:string");
        Assert.Single(vault.Plain.Requests, request => request.Target == "/ok/asked");
    }

    [Fact]
    public async Task The_audit_log_says_where_it_went_and_what_was_taken_out_and_not_what_was_sent()
    {
        var url = $"{vault.Plain.Origin}/echo/headers?token=not-for-the-log";
        await vault.UseAsync(RequestVault.Agent, RequestVault.Key, "http_request", Request(url, "POST", ("headers", new JsonObject { ["X-Note"] = "header-not-for-the-log" }), ("body", "body-not-for-the-log")));
        var log = (await vault.Home.RunAsync("audit", "log", "--last", "all", "--json")).Done();
        var entry = log.Json["entries"]!.AsArray().Last(it => (string?)it!["action"] == "use.outcome" && (string?)it["details"]!["path"] == "/echo/headers")!;
        var details = Shape.Of(entry["details"], "method:string origin:string path:string status:string bytes:string duration_ms:string sends:string scrubbed:string");
        Assert.Equal(("POST", vault.Plain.Origin, "200", "1"), ((string)details["method"]!, (string)details["origin"]!, (string)details["status"]!, (string)details["scrubbed"]!));
        Assert.DoesNotContain("not-for-the-log", log.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(RequestVault.Secret, log.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_secret_is_in_no_file_of_the_vault()
    {
        await vault.UseAsync(RequestVault.Agent, RequestVault.Key, "http_request", Request($"{vault.Plain.Origin}/echo/headers"));
        await RefusedAsync(RequestVault.Key, Request(vault.Plain.Origin + "/breaks"));
        foreach (var file in Directory.EnumerateFiles(vault.Home.Vault).Where(file => !file.EndsWith(".sock", StringComparison.Ordinal) && !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            Assert.DoesNotContain(RequestVault.Secret, Encoding.Latin1.GetString(await ReadSharedAsync(file)), StringComparison.Ordinal);
        }
    }

    private Task<JsonObject> RefusedAsync(string path, JsonObject parameters) => vault.UseRefusedAsync(RequestVault.Agent, path, "http_request", parameters);

    private static JsonObject Use(string path, JsonObject parameters) => new() { ["path"] = path, ["operation"] = "http_request", ["params"] = parameters.DeepClone() };

    private static JsonObject Request(string url, string method = "GET", params (string Name, JsonNode Value)[] more)
    {
        var request = new JsonObject { ["method"] = method, ["url"] = url };
        foreach (var (name, value) in more)
        {
            request[name] = value;
        }

        return request;
    }

    private static async Task<byte[]> ReadSharedAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var content = new MemoryStream();
        await stream.CopyToAsync(content);
        return content.ToArray();
    }
}
