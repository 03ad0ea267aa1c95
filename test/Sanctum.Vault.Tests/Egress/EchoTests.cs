using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Operations;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>A service that gives back what it was sent gives the agent nothing that it did not have.</summary>
public sealed class EchoTests : IAsyncLifetime
{
    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync();

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    public static TheoryData<HttpProtocols, string> FormsOverProtocols =>
        new(EchoForms.Names.SelectMany(name => new[] { (HttpProtocols.Http1, name), (HttpProtocols.Http2, name) }));

    // Cut into pieces of one byte, every place is a border.
    [Theory]
    [MemberData(nameof(FormsOverProtocols))]
    public async Task An_echo_in_a_body_is_taken_out_in_every_form_and_alignment_and_across_every_border(HttpProtocols protocols, string form)
    {
        await using var upstream = await StartAsync(protocols);
        for (var before = 0; before < 3; before++)
        {
            foreach (var chunk in (int[])[0, 1, 7])
            {
                var result = await _outside.GetAsync($"{upstream.Origin}/echo/headers?as={form}&before={before}&chunk={chunk}");
                Told.Nothing(result);
                Assert.Contains("[REDACTED]", Encoding.Latin1.GetString(result.Body.Span), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, "/echo/header", "x-echo")]
    [InlineData(HttpProtocols.Http2, "/echo/header", "x-echo")]
    [InlineData(HttpProtocols.Http1, "/echo/location", "location")]
    [InlineData(HttpProtocols.Http2, "/echo/location", "location")]
    [InlineData(HttpProtocols.Http1, "/echo/trailer", "x-echo")]
    [InlineData(HttpProtocols.Http2, "/echo/trailer", "x-echo")]
    public async Task An_echo_in_a_header_a_trailer_or_a_redirect_is_taken_out(HttpProtocols protocols, string path, string header)
    {
        await using var upstream = await StartAsync(protocols);
        var result = await _outside.GetAsync(upstream.Origin + path);
        Told.Nothing(result);
        Assert.Contains("[REDACTED]", result.Headers.Concat(result.Trailers).Single(it => it.Key == header).Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/echo/reason")]
    [InlineData("/set-cookie")]
    public async Task An_echo_in_what_is_not_passed_on_never_arrives(string path)
    {
        await using var upstream = await StartAsync(HttpProtocols.Http1);
        Told.Nothing(await _outside.GetAsync(upstream.Origin + path));
    }

    [Theory]
    [InlineData("le")]
    [InlineData("be")]
    public async Task An_echo_in_another_charset_is_taken_out(string order)
    {
        await using var upstream = await StartAsync(HttpProtocols.Http1);
        Told.Nothing(await _outside.GetAsync($"{upstream.Origin}/utf16/{order}"));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(302)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(416)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(599)]
    public async Task An_echo_in_an_error_is_taken_out_as_in_a_success(int status)
    {
        var result = await RespondingAsync($"HTTP/1.1 {status} {RawResponses.Authorization}\r\nx-a: {RawResponses.Authorization}\r\nConnection: close\r\n\r\n{RawResponses.Authorization}");
        Told.Nothing(result);
        Assert.Equal((status, "Bearer [REDACTED]", "Bearer [REDACTED]"), (result.Status, result.Headers["x-a"], Outside.Text(result)));
    }

    // Code that writes names in lower case before it has searched them has broken base64, and not hidden it: few spellings of it are a likely secret.
    [Theory]
    [InlineData("base64url")]
    [InlineData("hex")]
    [InlineData("percent")]
    public async Task An_echo_in_a_headers_name_is_taken_out_in_every_form(string form)
    {
        var written = Encoding.ASCII.GetString(EchoForms.Write(form, Encoding.ASCII.GetBytes(Outside.Secret))).TrimEnd('=');
        var result = await RespondingAsync($"HTTP/1.1 200 OK\r\nX-{written}: 1\r\nContent-Length: 2\r\n\r\nok");
        Told.Nothing(result);
        Assert.DoesNotContain(written[4..], Outside.WhatIsSeen(result), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Echoes_in_several_values_and_several_headers_are_taken_out()
    {
        var result = await RespondingAsync(
            $"HTTP/1.1 200 OK\r\nx-a: 1\r\nx-a: {RawResponses.Authorization}\r\nX-A: {Outside.Secret}\r\n{Outside.Secret.Replace("/", "%2f", StringComparison.Ordinal).Replace("=", "", StringComparison.Ordinal)}: 1\r\nContent-Length: 2\r\n\r\nok");
        Told.Nothing(result);
        Assert.Equal("1, Bearer [REDACTED], [REDACTED]", result.Headers["x-a"]);
    }

    // Where it was put decides in which form it goes out; what comes back may be any.
    [Theory]
    [InlineData("bearer", Outside.Secret)]
    [InlineData("api_key", Outside.Secret)]
    [InlineData("scheme:Token", Outside.Secret)]
    [InlineData("custom:X-Token", Outside.Secret)]
    [InlineData("query:key", Outside.Secret)]
    [InlineData("path", Outside.Secret)]
    [InlineData("basic", "somebody:pass-word/9fQ2+x7")]
    [InlineData("basic:somebody", "pass-word/9fQ2+x7")]
    [InlineData("query:key", "s\u00e4cret-\u20ac-9fQ2+x7")]
    public async Task An_echo_is_taken_out_however_the_secret_was_sent(string headerType, string secret)
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            var authorization = connection.Header("Authorization") ?? "";
            var undone = authorization.StartsWith("Basic ", StringComparison.Ordinal) ? Convert.FromBase64String(authorization[6..]) : [];
            var password = undone[(Array.IndexOf(undone, (byte)':') + 1)..];
            byte[] echo = [.. Encoding.Latin1.GetBytes(connection.Received), .. undone, (byte)' ', .. password, .. Encoding.UTF8.GetBytes(Uri.UnescapeDataString(connection.Received))];
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {echo.Length}\r\n\r\n");
            await connection.SendAsync(echo);
        });
        await _outside.StoreAsync(new() { AllowedOrigins = [raw.Origin], HeaderType = headerType }, secret);
        var result = await _outside.GetAsync(raw.Origin + (headerType == "path" ? "/a/{secret}/b" : "/a"));
        Told.Nothing(result, secret);
        Told.Nothing(result, secret[(secret.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        Assert.Contains("[REDACTED]", Outside.Text(result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_echo_of_a_signature_that_could_be_sent_again_is_taken_out()
    {
        await using var upstream = await StartAsync(HttpProtocols.Http1);
        const string Key = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        await _outside.StoreAsync(new() { AllowedOrigins = [upstream.Origin], HeaderType = "aws_sigv4:us-east-1/s3" }, Key);
        var result = await _outside.GetAsync($"{upstream.Origin}/echo/headers");
        var sent = Assert.Single(upstream.Requests)["authorization"]!;
        var signature = sent[(sent.IndexOf("Signature=", StringComparison.Ordinal) + 10)..];
        Assert.Equal(64, signature.Length);
        Assert.DoesNotContain(Key[12..], string.Concat(sent, string.Join(' ', upstream.Requests.Single().Headers)), StringComparison.Ordinal);
        Assert.DoesNotContain(signature, Outside.WhatIsSeen(result), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("seven77")]
    public async Task What_is_too_short_to_be_searched_for_is_not_sent(string secret)
    {
        await using var upstream = await StartAsync(HttpProtocols.Http1);
        await _outside.StoreAsync(new() { AllowedOrigins = [upstream.Origin] }, secret);
        await _outside.RefusedAsync(VaultErrorCode.UnsupportedOperation, new($"{upstream.Origin}/ok"));
        Assert.Equal(0, upstream.Connections);
    }

    private async Task<TestUpstream> StartAsync(HttpProtocols protocols)
    {
        var secure = protocols == HttpProtocols.Http2;
        var upstream = await TestUpstream.StartAsync(new() { Protocols = protocols, Authority = secure ? _outside.Authority : null });
        await _outside.AllowOriginsAsync(upstream.Origin);
        return upstream;
    }

    private async Task<HttpRequestResult> RespondingAsync(string answer)
    {
        await using var raw = RawUpstream.Responding(answer);
        await _outside.AllowOriginsAsync(raw.Origin);
        return await _outside.GetAsync(raw.Origin);
    }
}
