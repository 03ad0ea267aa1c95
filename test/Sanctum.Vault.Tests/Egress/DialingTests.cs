using System.Net;
using System.Net.Sockets;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>What is decided on is the address that is dialled. Names are the operator's; what they resolve to is anybody's.</summary>
public sealed class DialingTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private TestUpstream _upstream = null!;

    private string Url => $"{_upstream.OriginAs(Outside.Host)}/ok";

    private string Bound => $"{Outside.Host}:{_upstream.Port}";

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync(it => it with { ConnectTimeout = TimeSpan.FromSeconds(5) });
        _upstream = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = [Outside.Host, "127.0.0.1"], IPv6 = true });
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.9.9")]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.100.100.200")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("fe80::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:0:127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b:1::7f00:1")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("2001:0:4136:e378:8000:63bf:80ff:fffe")]
    [InlineData("2001:db8::1")]
    public async Task A_bound_name_that_leads_to_an_address_that_is_not_public_is_not_followed(string address)
    {
        await _outside.StoreAsync(new() { Hosts = [Bound] });
        _outside.Resolves(Outside.Host, IPAddress.Parse(address));
        var refused = await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new(Url));
        Assert.Equal(0, _upstream.Connections);
        Assert.Equal(Outside.Host, Assert.Single(_outside.Asked));

        // What a name leads to inside of the network is not an agent's business.
        Assert.DoesNotContain(address, $"{refused.Message} {refused.Suggestion}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_the_public_addresses_of_a_mix_are_dialled(bool publicFirst)
    {
        await _outside.StoreAsync(new() { Hosts = [Bound] });
        IPAddress[] mix = [Outside.PublicAndUnreachable, IPAddress.Loopback, IPAddress.IPv6Loopback];
        _outside.Resolves(Outside.Host, publicFirst ? mix : [.. mix.Reverse()]);

        // Had none of them been dialled, it would have been denied; had all of them, it would have arrived.
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(Url));
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task What_the_resolver_says_once_is_what_is_dialled()
    {
        await _outside.StoreAsync(new() { Hosts = [Bound] });
        var answers = new Queue<IPAddress>([Outside.PublicAndUnreachable, IPAddress.Loopback, IPAddress.Loopback]);
        _outside.Addresses[Outside.Host] = _ => Task.FromResult<IPAddress[]>([answers.Dequeue()]);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(Url));
        Assert.Single(_outside.Asked);

        // And asked anew, the new answer is judged anew.
        await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new(Url));
        Assert.Equal((2, 0), (_outside.Asked.Count, _upstream.Connections));
    }

    [Fact]
    public async Task A_connection_that_an_exception_opened_is_not_lent_to_a_credential_without_it()
    {
        await _outside.AllowOriginsAsync(_upstream.OriginAs(Outside.Host));
        await _outside.StoreAsync(new() { Hosts = [Bound] }, path: "other/key");
        Assert.Equal(200, (await _outside.GetAsync(Url)).Status);
        await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new(Url) { With = "other/key" });
        Assert.Equal(200, (await _outside.GetAsync(Url)).Status);
        Assert.Equal((1, 2), (_upstream.Connections, _upstream.Requests.Count));
    }

    [Theory]
    [InlineData("http://2130706433")]
    [InlineData("http://0x7f000001")]
    [InlineData("http://0x7f.0.0.1")]
    [InlineData("http://0177.0.0.1")]
    [InlineData("http://127.1")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://[::1]")]
    [InlineData("http://[::ffff:127.0.0.1]")]
    [InlineData("http://[::ffff:7f00:1]")]
    [InlineData("http://[0:0:0:0:0:0:0:1]")]
    [InlineData("http://[::1%25lo]")]
    [InlineData("http://[::1%lo]")]
    [InlineData("http://127.0.0.1.")]
    [InlineData("http://\u2460\u2461\u2466.0.0.1")]
    [InlineData("http://127\u30020\u30020\u30021")]
    [InlineData("http://localhost")]
    [InlineData("http://localhost.")]
    [InlineData("http://ip6-localhost")]
    public async Task An_address_in_disguise_is_not_bound_and_not_dialled(string origin)
    {
        // The bound one is another that leads there as well.
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.OriginAs(Outside.Host)], Hosts = [Bound] });
        foreach (var scheme in (string[])["http", "https"])
        {
            var url = $"{scheme}{origin[4..]}:{_upstream.Port}/ok";
            var refused = await Assert.ThrowsAsync<VaultException>(() => _outside.GetAsync(url));
            Assert.True(refused.Code is VaultErrorCode.EgressDenied or VaultErrorCode.InvalidParams, refused.ToString());
        }

        Assert.Equal(0, _upstream.Connections);
    }

    // Whoever dials such a number dials 127.0.0.1, and sends that as the host: another than the one that was decided on.
    [Theory]
    [InlineData("2130706433")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.1")]
    public async Task A_number_is_not_taken_for_a_name(string host)
    {
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _outside.AllowOriginsAsync($"http://{host}:{_upstream.Port}"));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _outside.StoreAsync(new() { Hosts = [host] }));
    }

    [Fact]
    public async Task A_name_without_an_address_fails_and_says_so()
    {
        await _outside.StoreAsync(new() { Hosts = [Bound] });
        _outside.Resolves(Outside.Host);
        Assert.Contains("no address", (await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(Url))).Message, StringComparison.Ordinal);
        _outside.Addresses[Outside.Host] = _ => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));
        Assert.Contains("no address", (await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(Url))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resolver_that_breaks_takes_nothing_with_it()
    {
        await _outside.AllowOriginsAsync(_upstream.OriginAs(Outside.Host));
        _outside.Addresses[Outside.Host] = _ => throw new InvalidOperationException("the resolver has a fault");
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(Url));
        _outside.Resolves(Outside.Host, IPAddress.Loopback);
        Assert.Equal(200, (await _outside.GetAsync(Url)).Status);
    }

    [Fact]
    public async Task The_next_address_is_tried_when_one_refuses()
    {
        // Nobody listens at 127.1.1.1.
        await _outside.AllowOriginsAsync(_upstream.OriginAs(Outside.Host));
        _outside.Resolves(Outside.Host, IPAddress.Parse("127.1.1.1"), IPAddress.Loopback);
        Assert.Equal(200, (await _outside.GetAsync(Url)).Status);
    }

    [Fact]
    public async Task A_port_that_nobody_listens_at_fails()
    {
        using var reserved = new TcpListener(IPAddress.Loopback, 0);
        reserved.Start();
        var origin = $"http://127.0.0.1:{((IPEndPoint)reserved.LocalEndpoint).Port}";
        reserved.Stop();
        await _outside.AllowOriginsAsync(origin);
        await _outside.RefusedAsync(VaultErrorCode.UpstreamFailed, new(origin));
    }
}
