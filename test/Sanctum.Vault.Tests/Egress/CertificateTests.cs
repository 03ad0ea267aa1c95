using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>A server that can't prove who it is gets nothing.</summary>
public sealed class CertificateTests : IAsyncLifetime
{
    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync();

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    [Fact]
    public async Task A_certificate_of_an_unknown_authority_is_not_trusted()
    {
        using var stranger = new TestAuthority("Sanctum test authority");
        await NotTrustedAsync(new() { Authority = stranger, Names = [Outside.Host] });
    }

    [Theory]
    [InlineData("other.example.test")]
    [InlineData("example.test")]
    [InlineData("*.test")]
    [InlineData("*.api.example.test")]
    [InlineData("127.0.0.1")]
    public Task A_certificate_for_another_name_is_not_trusted(string name) => NotTrustedAsync(new() { Authority = _outside.Authority, Names = [name] });

    [Fact]
    public Task An_expired_certificate_is_not_trusted() => NotTrustedAsync(new()
    {
        Certificate = _outside.Authority.Issue([Outside.Host], TimeProvider.System.GetUtcNow().AddMinutes(-1)),
    });

    [Fact]
    public async Task A_server_without_tls_gets_no_secret()
    {
        await using var plain = RawUpstream.Responding(RawResponses.WellFormed);
        var origin = $"https://127.0.0.1:{plain.Port}";
        await _outside.AllowOriginsAsync(origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(origin) { Timeout = 5 });
        Assert.DoesNotContain(Outside.Secret, Assert.Single(plain.Connections).Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_is_trusted_only_by_the_vault_that_was_told_of_it()
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = [Outside.Host] });
        await using var other = await Outside.CreateAsync(it => it with { TrustedAuthorities = [] });
        var url = $"{upstream.OriginAs(Outside.Host)}/ok";
        foreach (var outside in (Outside[])[_outside, other])
        {
            await outside.AllowOriginsAsync(upstream.OriginAs(Outside.Host));
        }

        await other.RefusedAsync(VaultErrorCode.UpstreamFailed, new(url));
        await _outside.GetAsync(url);
        Assert.Single(upstream.Requests);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData(HttpProtocols.Http2, "HTTP/2")]
    [InlineData(HttpProtocols.Http1AndHttp2, "HTTP/2")]
    public async Task The_best_protocol_that_both_speak_is_spoken_and_the_connection_stays_warm(HttpProtocols protocols, string spoken)
    {
        await using var upstream = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = [Outside.Host], Protocols = protocols });
        await _outside.AllowOriginsAsync(upstream.OriginAs(Outside.Host));
        for (var i = 0; i < 3; i++)
        {
            await _outside.GetAsync($"{upstream.OriginAs(Outside.Host)}/ok");
        }

        Assert.All(upstream.Requests, request => Assert.Equal((spoken, $"Bearer {Outside.Secret}"), (request.Protocol, request["authorization"])));
        Assert.Equal((3, 1, 1), (upstream.Requests.Count, upstream.Connections, _outside.Asked.Count));
    }

    [Fact]
    public async Task Sealing_closes_the_warm_connections()
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(RawResponses.WellFormed);
            await connection.ReadToEndAsync();
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.GetAsync(raw.Origin);
        var connection = await raw.Connections.NextAsync();
        Assert.False(connection.Ended.IsCompleted);
        await _outside.Test.SealAsync();
        await connection.Ended.InTime();
    }

    private async Task NotTrustedAsync(UpstreamOptions options)
    {
        await using var upstream = await TestUpstream.StartAsync(options);
        await _outside.AllowOriginsAsync(upstream.OriginAs(Outside.Host));
        var refused = await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new($"{upstream.OriginAs(Outside.Host)}/ok"));
        Assert.Contains("TLS", refused.Message, StringComparison.Ordinal);
        Assert.Equal((1, 0), (upstream.Connections, upstream.Requests.Count));
    }
}
