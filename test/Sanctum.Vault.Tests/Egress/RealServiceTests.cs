using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Egress;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>Requests and responses as clients and services in use have them, which are not always as the standards do.</summary>
public sealed class RealServiceTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private TestUpstream _upstream = null!;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync();
        _upstream = await TestUpstream.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _upstream.DisposeAsync();
        await _outside.DisposeAsync();
    }

    // PostgREST, Supabase, Heroku and upload protocols. By then the service has done what it was asked.
    [Theory]
    [InlineData("200 OK", "Content-Range: bytes 0-1/2")]
    [InlineData("200 OK", "Content-Range: 0-24/3573458")]
    [InlineData("201 Created", "Content-Range: */*")]
    [InlineData("416 Range Not Satisfiable", "Content-Range: bytes */100")]
    [InlineData("308 Permanent Redirect", "Content-Range: bytes 0-1/100")]
    [InlineData("206 Partial Content", "Content-Range: 0-24/3573458")]
    [InlineData("206 Partial Content", "Content-Range: id 01234567-89ab-cdef-0123-456789abcdef..; max=200")]
    [InlineData("206 Partial Content", "Content-Range: items 0-9/*")]
    public async Task A_range_of_another_unit_or_beside_another_status_is_delivered(string status, string range)
    {
        var result = await RespondedAsync($"HTTP/1.1 {status}\r\n{range}\r\nContent-Length: 2\r\n\r\nok");
        Assert.Equal(("ok", range.Split(": ")[1]), (Outside.Text(result), result.Headers["content-range"]));
    }

    [Fact]
    public async Task A_204_with_a_range_is_delivered() =>
        Assert.Equal(204, (await RespondedAsync("HTTP/1.1 204 No Content\r\nContent-Range: */3\r\n\r\n")).Status);

    [Theory]
    [InlineData("Content-Range: bytes 0-1/100")]
    [InlineData("Content-Range: BYTES 0-1/100")]
    [InlineData("Content-Range:   bytes 0-1/*")]
    [InlineData("Content-Range: items 0-1/100\r\nContent-Range: bytes 0-1/100")]
    [InlineData("Content-Range: items 0-1/100\r\nContent-Type: multipart/byteranges; boundary=x")]
    [InlineData("X-Nothing: 1")]
    public async Task A_part_of_bytes_is_refused(string headers) =>
        await FailedAsync($"HTTP/1.1 206 Partial Content\r\n{headers}\r\nContent-Length: 2\r\n\r\nok", "part");

    [Theory]
    [InlineData("utf-8")]
    [InlineData("UTF-8")]
    [InlineData("none")]
    [InlineData("null")]
    [InlineData("identity, utf-8")]
    [InlineData("aws-chunked")]
    [InlineData("binary")]
    [InlineData("8bit")]
    [InlineData("iso-8859-1")]
    [InlineData("base64")]
    [InlineData("")]
    public async Task A_content_encoding_that_means_nothing_is_nothing(string coding)
    {
        var result = await RespondedAsync($"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {2 + "Bearer ".Length + Outside.Secret.Length}\r\n\r\nok{RawResponses.Authorization}");
        Assert.Equal("okBearer [REDACTED]", Outside.Text(result));
    }

    [Theory]
    [InlineData("compress")]
    [InlineData("exi")]
    [InlineData("utf-8, snappy")]
    public async Task A_content_encoding_that_nobody_here_can_undo_is_refused(string coding) =>
        await FailedAsync($"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: 2\r\n\r\nok", "can't be decoded");

    [Fact]
    public async Task What_is_sent_with_such_an_encoding_is_searched_all_the_same()
    {
        await _outside.AllowOriginsAsync(_upstream.Origin);
        var call = new OutgoingCall($"{_upstream.Origin}/ok", "PUT") { Headers = [("Content-Encoding", "aws-chunked")], Body = "data" };
        await _outside.SendAsync(call);
        Assert.Equal(("data", "aws-chunked"), (Assert.Single(_upstream.Requests).Text, Assert.Single(_upstream.Requests)["Content-Encoding"]));
        await _outside.RefusedAsync(VaultErrorCode.SecretInRequest, call with { Body = Outside.Secret });
    }

    [Theory]
    [InlineData("""{"headers":null,"body":null,"body_base64":null,"header_type":null,"header_name":null,"timeout":null}""")]
    [InlineData("""{"headers":{"X-A":null},"body":null}""")]
    public async Task Null_is_as_good_as_left_out(string optional)
    {
        await _outside.AllowOriginsAsync(_upstream.Origin);
        var parameters = $$"""{"method":"GET","url":"{{_upstream.Origin}}/ok",{{optional[1..]}}""";
        await _outside.Test.Vault.UseAsync(_outside.Bot, CredentialPath.Parse(Outside.Path), "http_request", JsonElement.Parse(parameters));
        Assert.Null(Assert.Single(_upstream.Requests)["X-A"]);
    }

    [Fact]
    public async Task Characters_that_people_write_in_addresses_are_sent_as_browsers_send_them()
    {
        await _outside.AllowOriginsAsync(_upstream.Origin);
        await _outside.GetAsync($"{_upstream.Origin}/echo/users/dependabot[bot]|a^b`c{{d}}?q={{x|y}}&a[]=1");
        Assert.Equal("/echo/users/dependabot[bot]%7Ca%5Eb%60c%7Bd%7D?q=%7Bx%7Cy%7D&a[]=1", Assert.Single(_upstream.Requests).Target);
    }

    [Theory]
    [InlineData("/bot{secret}/getMe")]
    [InlineData("/bot%7Bsecret%7D/getMe")]
    [InlineData("/bot%7bsecret%7d/getMe")]
    public async Task The_secret_goes_where_either_spelling_of_its_place_stands(string path)
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = "path", Paths = ["/bot{secret}/*"] }, "123456:AAH-canary-token");
        await _outside.GetAsync(new Uri(_upstream.Origin + path).AbsoluteUri);
        Assert.Equal("/bot123456%3AAAH-canary-token/getMe", Assert.Single(_upstream.Requests).Target);
    }

    // Stripe, Ashby, Freshdesk, Toggl, GitHub.
    [Theory]
    [InlineData("sk_live_canary0:", "sk_live_canary0")]
    [InlineData("canary-key-0000:x", "canary-key-0000")]
    [InlineData("canary-key-0000:X", "canary-key-0000")]
    [InlineData("canary-key-0000:api_token", "canary-key-0000")]
    [InlineData("canary-key-0000:x-oauth-basic", "canary-key-0000")]
    [InlineData("agent@example.com:canary-token-0000", "canary-token-0000")]
    public async Task The_part_that_is_the_key_is_taken_out_of_a_user_name_and_a_password(string secret, string key)
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = "basic" }, secret);
        Assert.Equal(200, (await _outside.GetAsync($"{_upstream.Origin}/ok")).Status);
        var sent = Assert.Single(_upstream.Requests)["Authorization"]!;
        Assert.Equal(secret, Encoding.ASCII.GetString(Convert.FromBase64String(sent["Basic ".Length..])));
        await using var raw = RawUpstream.Responding($"HTTP/1.1 200 OK\r\nContent-Length: {key.Length + 5}\r\n\r\nkey: {key}");
        await _outside.StoreAsync(new() { AllowedOrigins = [raw.Origin], HeaderType = "basic" }, secret);
        Assert.Equal("key: [REDACTED]", Outside.Text(await _outside.GetAsync(raw.Origin)));
    }

    [Theory]
    [InlineData("administrator:abc123")]
    [InlineData("short:")]
    [InlineData("short:x")]
    public async Task A_password_or_key_that_is_too_short_to_be_searched_for_is_not_sent(string secret)
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = "basic" }, secret);
        await _outside.RefusedAsync(VaultErrorCode.UnsupportedOperation, new($"{_upstream.Origin}/ok"));
        Assert.Empty(_upstream.Requests);
    }

    // Each is less than a reply can carry, as it is written, and was more with an encoder that nobody writes with.
    [Theory]
    [InlineData("""{"id":"a1","n":[1,2,3],"ok":true},""", 2_500_000)]
    [InlineData("""<li class="a"><a href='/x?a=1&b=2'>it's</a></li>""", 2_500_000)]
    [InlineData("保险库里的凭据", 3_500_000)]
    [InlineData("plain text, and nothing else; ", 4_150_000)]
    public async Task What_a_reply_can_carry_is_delivered(string unit, int bytes)
    {
        await _outside.AllowOriginsAsync(_upstream.Origin);
        var body = string.Concat(Enumerable.Repeat(unit, bytes / Encoding.UTF8.GetByteCount(unit)));
        var result = await _outside.SendAsync(new($"{_upstream.Origin}/echo/body", "POST") { Body = body, Headers = [("Content-Type", "text/plain")] });
        Assert.Equal(body, Outside.Text(result));
    }

    [Theory]
    [InlineData("read to the end")]
    [InlineData("unread")]
    public async Task A_response_that_came_before_the_body_was_sent_is_the_response(string end)
    {
        foreach (var authority in (TestAuthority?[])[null, _outside.Authority])
        {
            await using var raw = RawUpstream.Start(
                async connection =>
                {
                    await connection.ReadHeadAsync();
                    await connection.SendAsync("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 9\r\n\r\ntoo large");
                    if (end == "unread")
                    {
                        connection.CloseUnread();
                    }
                },
                authority);
            await _outside.AllowOriginsAsync(raw.Origin);
            var result = await _outside.SendAsync(new(raw.Origin, "POST") { BodyBytes = new byte[12 * 1024 * 1024] }).InTime();
            Assert.Equal((413, "too large"), (result.Status, Outside.Text(result)));
        }
    }

    [Fact]
    public async Task A_body_that_is_cut_off_without_a_response_is_no_response()
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            connection.Reset();
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        var refused = await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin, "POST") { BodyBytes = new byte[12 * 1024 * 1024] }).InTime();
        Assert.Contains("closed the connection before it sent a response", refused.Message, StringComparison.Ordinal);
        Assert.Contains("may have acted", refused.Suggestion, StringComparison.Ordinal);
    }

    // What counts against a limit is not sent again, and it is not "not HTTP".
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_kept_connection_that_is_reset_is_said_to_be_closed(bool reset)
    {
        await using var outside = await Outside.CreateAsync(allow: false);
        await outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { MaxUsesPerHour = 10 });
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync(RawResponses.WellFormed);
            await connection.ReadHeadAsync();
            if (reset)
            {
                connection.Reset();
            }
        });
        await outside.AllowOriginsAsync(raw.Origin);
        await outside.GetAsync(raw.Origin);
        var refused = await outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin)).InTime();
        Assert.Equal($"{raw.Origin["http://".Length..]} closed the connection before it sent a response", refused.Message);
        Assert.Single(raw.Connections);
    }

    [Fact]
    public async Task Two_authorities_with_one_subject_are_both_trusted()
    {
        using var one = SelfSigned();
        using var two = SelfSigned();
        foreach (var trusted in (X509Certificate2[][])[[one, two], [two, one]])
        {
            await using var outside = await Outside.CreateAsync(it => it with { TrustedAuthorities = [.. trusted.Select(it => X509CertificateLoader.LoadCertificate(it.RawData))] });
            foreach (var server in trusted)
            {
                await using var raw = RawUpstream.StartWith(X509CertificateLoader.LoadPkcs12(server.Export(X509ContentType.Pkcs12), null), Answer);
                await outside.AllowOriginsAsync(raw.Origin);
                Assert.Equal(200, (await outside.GetAsync(raw.Origin)).Status);
            }

            using var stranger = SelfSigned();
            await using var other = RawUpstream.StartWith(X509CertificateLoader.LoadPkcs12(stranger.Export(X509ContentType.Pkcs12), null), Answer);
            await outside.AllowOriginsAsync(other.Origin);
            await outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(other.Origin));
        }

        static async Task Answer(RawConnection connection)
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(RawResponses.WellFormed);
        }

        // As small tools make them: without identifiers of keys.
        static X509Certificate2 SelfSigned()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=appliance", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
            var now = TimeProvider.System.GetUtcNow();
            return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        }
    }

    [Fact]
    public async Task A_response_that_does_not_end_in_time_is_said_to_have_begun()
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
            await connection.ReadToEndAsync();
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        var refused = await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin) { Timeout = 2 }).InTime();
        Assert.Equal("the service's response was incomplete after 2 seconds: status 200, 10 bytes received, none delivered", refused.Message);
        Assert.StartsWith("the service may have acted on the request: check before you send it again", refused.Suggestion, StringComparison.Ordinal);
    }

    // How short an encoding is tells what in it is alike: the secret, and what the agent has echoed beside it.
    [Fact]
    public async Task A_compressed_response_that_does_not_end_in_time_is_told_without_its_length()
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100\r\n\r\n\u001f\u008b\u0008\0\0\0\0\0\0\0");
            await connection.ReadToEndAsync();
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        var refused = await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin) { Timeout = 2 }).InTime();
        Assert.Equal("the service's response was incomplete after 2 seconds: status 200, none of it delivered", refused.Message);
    }

    [Fact]
    public async Task A_service_that_says_nothing_is_said_to_have_sent_no_response()
    {
        await using var raw = RawUpstream.Start(RawResponses.Silence);
        await _outside.AllowOriginsAsync(raw.Origin);
        var refused = await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin, "POST") { Timeout = 2 }).InTime();
        Assert.Equal("the service sent no response within 2 seconds", refused.Message);
        Assert.EndsWith("a 'timeout' of up to 300 seconds gives it more time", refused.Suggestion, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_has_five_minutes_unless_the_operator_allows_less()
    {
        Assert.Equal(TimeSpan.FromMinutes(5), new EgressOptions().Timeout);
        await using var outside = await Outside.CreateAsync(it => it with { MaxTimeout = TimeSpan.FromSeconds(1) });
        await using var raw = RawUpstream.Start(RawResponses.Silence);
        await outside.AllowOriginsAsync(raw.Origin);
        var refused = await outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin)).InTime();
        Assert.Contains("within 1 second", refused.Message, StringComparison.Ordinal);
    }

    // A client that repeats what was limited would have it done twice.
    [Fact]
    public async Task A_limit_that_is_met_after_sending_says_so()
    {
        await using var outside = await Outside.CreateAsync(it => it with { MaxResponseMemory = 64 * 1024 });
        await outside.AllowOriginsAsync(_upstream.Origin);
        var limited = await outside.RefusedAsync(VaultErrorCode.RateLimited, new($"{_upstream.Origin}/text/200000"));
        Assert.Equal(1L, limited.Context!["sends"]);
        Assert.Contains("may have acted", limited.Suggestion, StringComparison.Ordinal);
    }

    private async Task<HttpRequestResult> RespondedAsync(string answer)
    {
        await using var raw = RawUpstream.Responding(answer);
        await _outside.AllowOriginsAsync(raw.Origin);
        return await _outside.SendAsync(new(raw.Origin, "POST") { Body = "{}" });
    }

    private async Task FailedAsync(string answer, string why)
    {
        await using var raw = RawUpstream.Responding(answer);
        await _outside.AllowOriginsAsync(raw.Origin);
        Assert.Contains(why, (await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin))).Message, StringComparison.Ordinal);
    }
}
