using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>What a server shows before anybody trusts it moves the vault to nothing.</summary>
public sealed class HandshakeTests : IAsyncLifetime
{
    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync();

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    // A certificate names where its issuer's can be had (RFC 5280, section 4.2.2.1). Who fetches it from there asks any address, public or not,
    // for any path, on the word of a server that has proved nothing.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_certificate_sends_nobody_anywhere(bool authorityOfOnesOwn)
    {
        await using var outside = await Outside.CreateAsync(it => authorityOfOnesOwn ? it : it with { TrustedAuthorities = [] });
        using var stranger = new TestAuthority("a stranger");
        await using var inside = await TestUpstream.StartAsync();
        var certificate = stranger.Issue([Outside.Host], TimeProvider.System.GetUtcNow().AddHours(1), issuerAt: $"{inside.Origin}/ok/admin/reset");
        await using var raw = RawUpstream.StartWith(certificate, RawResponses.Nothing);
        var origin = $"https://{Outside.Host}:{raw.Port}";
        await outside.AllowOriginsAsync(origin);
        await outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(origin));
        Assert.Equal((1, 0), (raw.Connections.Count, inside.Connections));
    }
}
