using System.Text;
using System.Text.Json;
using Sanctum.Protocol.Framing;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>Whatever an agent sends in a name's place, no error says it again, and no error is long.</summary>
public sealed class EchoTests : IAsyncLifetime
{
    // A secret that was pasted by mistake, with what drives a terminal around it: as letters alone, and as it stands in JSON.
    private const string Secret = "sk_live_51HqCanary9Zx";

    private static readonly string[] Pasted =
    [
        Secret,
        $@"\u001b[2J{Secret}\u001b]0;x\u0007",
        $@"\u202e{Secret}\u2066",
        $@"{Secret}\r\nforged: line",
        $@"\u0000{Secret}",
        $@"{Secret}\u2028\u200b\ufeff",
        $"../{Secret}/..",
        $"{Secret} {Secret}",
    ];

    private static readonly string[] Calls =
    [
        """{"id":1,"method":"list","X":1}""",
        """{"id":1,"X":"list"}""",
        """{"id":"X","method":"list"}""",
        """{"id":1,"method":"X"}""",
        """{"id":1,"method":"list","jsonrpc":"X"}""",
        """{"id":1,"method":"list","params":"X"}""",
        """{"id":1,"method":"list","params":X}""",
        """{"id":1,"method":"list","params":nX}""",
        """{"id":1,"method":"list","params":{"X":1}}""",
        """{"id":1,"method":"list","params":{"X":1,"X":1}}""",
        """{"id":1,"method":"list","params":{"limit":"X"}}""",
        """{"id":1,"method":"list","params":{"limit":0,"prefix":"X"}}""",
        """{"id":1,"method":"list","params":{"cursor":"/X"}}""",
        """{"id":1,"method":"list","params":{"session_id":"X"}}""",
        """{"id":1,"method":"logout","params":{"X":null}}""",
        """{"id":1,"method":"lease_status","params":{"session_id":"X"}}""",
        """{"id":1,"method":"retrieve","params":{"path":"X/"}}""",
        """{"id":1,"method":"retrieve","params":{"path":"X"}}""",
        """{"id":1,"method":"retrieve","params":{"path":"app/api_key","X":1}}""",
        """{"id":1,"method":"retrieve","params":{"path":{"X":1}}}""",
        """{"id":1,"method":"retrieve","params":{"path":["X"]}}""",
        """{"id":1,"method":"retrieve","params":{"path":"app/api_key","ttl":"X"}}""",
        """{"id":1,"method":"renew_lease","params":{"lease_id":"X"}}""",
        """{"id":1,"method":"release_lease","params":{"lease_id":"X"}}""",
        """{"id":1,"method":"lease.release","params":{"lease_id":"X"}}""",
        """{"id":1,"method":"lease.release","params":{"lease_id":"0","X":1}}""",
        """{"id":1,"method":"authenticate","params":{"X":"worker"}}""",
        """{"id":1,"method":"challenge_response","params":{"signature":"X"}}""",
        """{"id":1,"method":"auth.challenge","params":{"agent":"a","X":"worker"}}""",
        """{"id":1,"method":"auth.verify","params":{"agent":"X","signature":"X"}}""",
        """{"id":1,"method":"credential.list","params":{"X":1}}""",
        """{"id":1,"method":"credential.retrieve","params":{"path":"X"}}""",
        """{"id":1,"method":"credential.retrieve","params":{"path":"a","X":1}}""",
        """{"id":1,"method":"credential.use","params":{"path":"X","operation":"sign"}}""",
        """{"id":1,"method":"credential.use","params":{"path":"app/api_key","operation":"X"}}""",
        """{"id":1,"method":"use","params":{"path":"X","operation":"sign"}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"X"}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"sign","X":1}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"sign","session_id":"X"}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"sign","params":"X"}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"sign","params":{"X":"x"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"sign","params":{"X":"x","X":"x"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"sign","params":{"data":["X"]}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"sign","params":{"data":"x","algorithm":"X"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"verify","params":{"data":"x","signature":"X"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"decrypt","params":{"data":"X"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"jwt","params":{"claims":{"X":"x"}}}}""",
        """{"id":1,"method":"use","params":{"path":"app/jwt","operation":"jwt","params":{"claims":{"X":"x"}}}}""",
        """{"id":1,"method":"use","params":{"path":"app/jwt","operation":"jwt","params":{"claims":{"sub":{"X":"x"}}}}}""",
        """{"id":1,"method":"use","params":{"path":"app/jwt","operation":"jwt","params":{"key_id":" X"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"http_header","params":{"header_type":"X"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"http_header","params":{"header_type":"custom","header_name":" X"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"http_request","params":{"method":"X","url":"https://a.example/"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"http_request","params":{"method":"GET","url":"X"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"http_request","params":{"method":"GET","url":"https://user:X@a.example/"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"http_request","params":{"method":"GET","url":"https://a.example/X"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"http_request","params":{"method":"GET","url":"https://a.example/","headers":{"X":"x"}}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"http_request","params":{"method":"GET","url":"https://a.example/","headers":{"X":["x"]}}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"http_request","params":{"method":"GET","url":"https://a.example/","headers":{"X-A":"X\u0001"}}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"http_request","params":{"method":"GET","url":"https://a.example/","body_base64":"X"}}}""",
        """{"id":1,"method":"use","params":{"path":"app/api_key","operation":"http_request","params":{"method":"GET","url":"https://a.example/","header_type":"X"}}}""",
    ];

    private VaultFixture _vault = null!;
    private RunningDaemon _daemon = null!;

    public async ValueTask InitializeAsync()
    {
        _vault = await VaultFixture.CreateAsync(async (vault, by) => await vault.Credentials.StoreAsync(
            by,
            Credentials.CredentialPath.Parse("app/jwt"),
            Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
            new Credentials.CredentialOptions { Type = "ed25519", Jwt = new Credentials.JwtRules { AllowedClaims = ["sub"] } }));
        _vault.Configure("""{"limits":{"request_frame":16777216,"request_memory":512},"failed_sign_ins_per_minute":10000,"recorded_per_minute":1000000}""");
        _daemon = await _vault.StartAsync();
    }

    public ValueTask DisposeAsync() => _vault.DisposeAsync();

    [Fact]
    public async Task What_is_pasted_in_a_names_place_is_in_no_error_of_either_dialect_nor_in_the_log()
    {
        var wire = await _vault.SignInAsync();
        foreach (var call in Calls)
        {
            foreach (var pasted in Pasted)
            {
                var sent = call.Replace("X", pasted, StringComparison.Ordinal).Replace($"{pasted}-A", "X-A", StringComparison.Ordinal);
                RequireSilent(sent, await wire.CallRawAsync(sent));
                await SignInAgainAsync(wire, call);
            }
        }

        await using var operators = await _vault.OperatorAsync();
        await foreach (var entry in operators.ReadAuditAsync(new Daemon.Admin.AuditRequest()))
        {
            var line = JsonSerializer.Serialize(entry);
            Assert.False(line.Contains(Secret, StringComparison.Ordinal) && entry.Operation != "http_request", line);
        }
    }

    [Theory]
    [InlineData("""{"id":1,"method":"list","params":{"X":1}}""")]
    [InlineData("""{"id":1,"method":"X"}""")]
    [InlineData("""{"id":1,"method":"list","X":1}""")]
    [InlineData("""{"id":1,"method":"list","params":{"prefix":"X","limit":0}}""")]
    [InlineData("""{"id":1,"method":"retrieve","params":{"path":"X"}}""")]
    [InlineData("""{"id":1,"method":"renew_lease","params":{"lease_id":"X"}}""")]
    [InlineData("""{"id":1,"method":"auth.challenge","params":{"agent":"X"}}""")]
    [InlineData("""{"id":1,"method":"credential.use","params":{"path":"X","operation":"sign"}}""")]
    [InlineData("""{"id":1,"method":"use","params":{"path":"app/api_key","operation":"X"}}""")]
    [InlineData("""{"id":1,"method":"use","params":{"path":"app/api_key","operation":"sign","params":{"X":1}}}""")]
    [InlineData("""{"id":1,"method":"use","params":{"path":"app/api_key","operation":"sign","params":{"data":"x","algorithm":"X"}}}""")]
    public async Task Megabytes_in_a_names_place_get_a_short_error(string call)
    {
        var wire = await _vault.SignInAsync();
        var sent = call.Replace("X", new string('x', 15 * 1024 * 1024), StringComparison.Ordinal);
        var reply = await wire.CallRawAsync(sent);
        Assert.InRange(Encoding.UTF8.GetByteCount(reply.GetRawText()), 1, FrameLimits.Error);
        Assert.Equal(JsonValueKind.Object, reply.GetProperty("error").ValueKind);
        Assert.DoesNotContain("xxxxxxxxxxxxxxxx", reply.GetRawText(), StringComparison.Ordinal);
        await wire.CallAsync("list");
    }

    [Fact]
    public async Task Eight_million_numbers_are_refused_whoever_sends_them()
    {
        var wire = await _vault.ConnectAsync();
        await wire.SignInAsync("stranger", _vault.Stranger);
        var numbers = string.Join(',', Enumerable.Repeat("0", 7_900_000));
        var reply = await wire.CallRawAsync("""{"id":1,"method":"use","params":{"path":"app/api_key","operation":"sign","params":{"data":[@1]}}}""".Replace("@1", numbers, StringComparison.Ordinal));
        Assert.Equal("INVALID_REQUEST", reply.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("""{"data":"x","data":"y"}""")]
    [InlineData("""{"unknown":1}""")]
    [InlineData("[1,2,3]")]
    public async Task Who_has_no_grant_is_denied_before_the_parameters_are_looked_at(string parameters)
    {
        var (worker, stranger) = (await _vault.SignInAsync(), await _vault.ConnectAsync());
        await stranger.SignInAsync("stranger", _vault.Stranger);
        var call = """{"path":"app/api_key","operation":"sign","params":@1}""".Replace("@1", parameters, StringComparison.Ordinal);
        foreach (var method in new[] { "use", "credential.use" })
        {
            Assert.Equal("ACCESS_DENIED", await stranger.CodeAsync(method, call));
            Assert.Equal("INVALID_PARAMS", await worker.CodeAsync(method, call));
        }
    }

    [Fact]
    public async Task Calls_that_follow_one_another_closely_do_not_get_each_others_parameters()
    {
        var wire = await _vault.SignInAsync();
        string Sign(int i) => """{"id":@1,"method":"use","params":{"path":"app/api_key","operation":"encrypt","params":{"data":"text @1 @2"}}}""".Replace("@1", $"{i}", StringComparison.Ordinal).Replace("@2", new string('x', i % 97 * 50), StringComparison.Ordinal);

        // Read while it is being written: a daemon whose replies nobody reads does not read on either.
        var sending = wire.SendAsync([.. Enumerable.Range(1, 200).Select(i => AgentWire.Frame(Sign(i)))]);
        var replies = new List<JsonElement>();
        for (var i = 0; i < 200; i++)
        {
            replies.Add(await wire.ReadAsync());
        }

        await sending;
        foreach (var reply in replies)
        {
            var id = reply.GetProperty("id").GetInt64();
            var ciphertext = reply.GetProperty("result").GetProperty("ciphertext").GetString();
            var other = await _vault.SignInAsync();
            var opened = await other.CallAsync("use", """{"path":"app/api_key","operation":"decrypt","params":{"data":"@"}}""".Replace("@", ciphertext, StringComparison.Ordinal));
            Assert.StartsWith($"text {id} ", opened.GetProperty("plaintext").GetString(), StringComparison.Ordinal);
            await other.DisposeAsync();
        }
    }

    private async Task SignInAgainAsync(AgentWire wire, string call)
    {
        if (call.Contains("\"auth", StringComparison.Ordinal) || call.Contains("challenge_response", StringComparison.Ordinal) || call.Contains("logout", StringComparison.Ordinal))
        {
            await wire.SignInAsync("worker", _vault.Agent);
        }
    }

    private static void RequireSilent(string sent, JsonElement reply)
    {
        Assert.True(reply.TryGetProperty("error", out var error), $"not refused: {sent}");
        Assert.InRange(Encoding.UTF8.GetByteCount(reply.GetRawText()), 1, FrameLimits.Error);
        Assert.False(reply.GetRawText().Contains(Secret, StringComparison.Ordinal), $"{sent} was answered with {reply}");
        Assert.All(TextsOf(error), text => Assert.DoesNotContain(text, letter => char.IsControl(letter) || letter is '\u202e' or '\u2066' or '\u2028'));
    }

    private static IEnumerable<string> TextsOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => TextsOf(member.Value).Prepend(member.Name)),
        _ => [],
    };
}
