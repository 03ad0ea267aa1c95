using System.Text;
using System.Text.Json;
using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Tests.Admin;

/// <summary>What operators, or who would like to be one, send in a name's place is in no error.</summary>
public sealed class RefusedBodyTests
{
    private const string Secret = "sk_live_51HqCanary9Zx";

    [Theory]
    [InlineData("/v1/unseal", """{"X":1}""")]
    [InlineData("/v1/unseal", """{"passphrase":"X "}""")]
    [InlineData("/v1/unseal", """{"passphrase":nX}""")]
    [InlineData("/v1/login", """{"passphrase":"AAAA","X":1}""")]
    [InlineData("/v1/X", "{}")]
    [InlineData("/v1/credentials/store", """{"path":" X","value":"AAAA"}""")]
    [InlineData("/v1/credentials/store", """{"path":"a","value":"AAAA","jwt":{"X":1}}""")]
    [InlineData("/v1/credentials/store", """{"path":"a","value":"AAAA","type":"X!"}""")]
    [InlineData("/v1/credentials/store", """{"path":"a","value":"AAAA","clear":["X"]}""")]
    [InlineData("/v1/credentials/store", """{"path":"a","value":"AAAA","hosts":["X/"]}""")]
    [InlineData("/v1/credentials/store", """{"path":"a","value":"AAAA","header_type":"X"}""")]
    [InlineData("/v1/credentials/get", """{"path":"/X"}""")]
    [InlineData("/v1/agents/register", """{"name":"X X","public_key":"00"}""")]
    [InlineData("/v1/agents/register", """{"name":"a","public_key":"X"}""")]
    [InlineData("/v1/agents/remove", """{"name":"/X"}""")]
    [InlineData("/v1/policies/remove", """{"name":"/X"}""")]
    [InlineData("/v1/policies/add", """{"name":"a","principal":"X","resources":["*"],"actions":["use"]}""")]
    [InlineData("/v1/policies/add", """{"name":"a","principal":"agent:a","resources":["*"],"actions":["X"]}""")]
    [InlineData("/v1/policies/add", """{"name":"a","principal":"agent:a","resources":["*"],"actions":["use"],"conditions":{"X":1}}""")]
    [InlineData("/v1/policies/add", """{"name":"a","principal":"agent:a","resources":["*"],"actions":["use"],"conditions":{"allowed_operations":["X"]}}""")]
    [InlineData("/v1/policies/simulate", """{"agent":"a","resource":"b","action":"X"}""")]
    [InlineData("/v1/policies/simulate", """{"agent":"a","resource":"b","action":"use","operation":"X"}""")]
    [InlineData("/v1/policies/simulate", """{"agent":"a","resource":"b","action":"use","url":"X"}""")]
    [InlineData("/v1/leases/revoke", """{"lease_id":"X"}""")]
    [InlineData("/v1/approvals/decide", """{"approval_id":"X","approve":true}""")]
    [InlineData("/v1/audit/read", """{"since":"X"}""")]
    public async Task It_is_not_repeated_and_the_error_is_short(string path, string body)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var admin = vault.Admin();
        using var http = new RawHttp(vault.AdminSocket);
        var token = (await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token;
        foreach (var pasted in new[] { Secret, $@"\u001b[2J{Secret}", $@"\u202e{Secret}", new string('x', 500_000) + Secret })
        {
            if (path.Contains('X', StringComparison.Ordinal) && pasted != Secret)
            {
                continue;
            }

            var (status, reply) = await http.PostAsync(
                path.Replace("X", pasted, StringComparison.Ordinal), body.Replace("X", pasted, StringComparison.Ordinal), token);
            Assert.InRange(status, 400, 499);
            Assert.InRange(reply.Length, 1, 8 * 1024);
            Assert.DoesNotContain(Secret, reply, StringComparison.Ordinal);
            Assert.DoesNotContain("xxxxxxxx", reply, StringComparison.Ordinal);
            Assert.DoesNotContain("u001b", reply, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("u202e", reply, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData("""{"passphrase":"AAAA","unknown":1}""")]
    [InlineData("""{"passphrase":"AAAA","passphrase":"AAAA"}""")]
    [InlineData("""{"passphrase":"AAAA","p\u0061ssphrase":"AAAA"}""")]
    [InlineData("""{"passphrase":"AAAA" """)]
    [InlineData("""{"passphrase":"AAAA"}x""")]
    [InlineData("""{"passphrase":["AAAA"]}""")]
    [InlineData("""{"passphrase":null}""")]
    [InlineData("""{"passphrase":7}""")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    public void A_body_that_is_not_what_the_call_takes_is_refused(string body) =>
        Assert.ThrowsAny<JsonException>(() => AdminBody.Read(Encoding.UTF8.GetBytes(body), AdminJson.Default.PassphraseRequest) ?? throw new JsonException());
}
