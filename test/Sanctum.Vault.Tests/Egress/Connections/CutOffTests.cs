using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress.Connections;

/// <summary>Where the end of the connection is the end of the body, that end has to be meant: TLS says so (RFC 8446, section 6.1), and TCP can't.</summary>
public sealed class CutOffTests : IAsyncLifetime
{
    private const string Unlimited = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";

    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync();

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    [Theory]
    [InlineData(Unlimited)]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n\r\n")]
    public async Task A_body_that_ends_without_tlss_closing_words_is_not_delivered(string head)
    {
        await using var raw = RawUpstream.Start(
            async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.SendAsync(head + Outside.Secret[..15]);
                connection.CutOff();
            },
            _outside.Authority);
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(raw.Origin)).InTime();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_ends_as_it_should_is_delivered(bool secure)
    {
        await using var raw = RawUpstream.Responding($"{Unlimited}all of it", secure ? _outside.Authority : null);
        await _outside.AllowOriginsAsync(raw.Origin);
        Assert.Equal("all of it", Outside.Text(await _outside.GetAsync(raw.Origin)));
    }

    // It is known by its own means to be whole.
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nall of it")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nall of it\r\n0\r\n\r\n")]
    public async Task A_body_with_an_end_of_its_own_needs_no_other(string answer)
    {
        await using var raw = RawUpstream.Start(
            async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.SendAsync(answer);
                connection.CutOff();
            },
            _outside.Authority);
        await _outside.AllowOriginsAsync(raw.Origin);
        Assert.Equal("all of it", Outside.Text(await _outside.GetAsync(raw.Origin)));
    }
}
