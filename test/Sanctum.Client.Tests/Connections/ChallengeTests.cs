namespace Sanctum.Client.Tests.Connections;

public sealed class ChallengeTests
{
    private static byte[] Bytes(string prefix, int length) =>
        [.. System.Text.Encoding.ASCII.GetBytes(prefix), .. Enumerable.Repeat((byte)0xA5, length - prefix.Length)];

    public static TheoryData<string, byte[]> Signed => new()
    {
        { "ours", PeerConnection.LabelledChallenge },
        { "32 random bytes", Bytes("", 32) },
        { "64 random bytes", Bytes("", 64) },
        { "random bytes that begin with 15 letters by chance", Bytes("abcdefghijklmno", 32) },
    };

    public static TheoryData<string, byte[]> NotSigned => new()
    {
        { "nothing", [] },
        { "31 bytes", Bytes("", 31) },
        { "65 bytes", Bytes("", 65) },
        { "text", Bytes("POST /v1/transfer HTTP/1.1", 48) },
        { "another label of ours", Bytes("sanctum-audit-v1\0", 64) },
        { "a later version of the label", Bytes("sanctum-auth-v2\0", 64) },
        { "our label and too little after it", PeerConnection.LabelledChallenge[..63] },
        { "our label and nothing after it", PeerConnection.LabelledChallenge[..16] },
        { "our label and too much after it", [.. PeerConnection.LabelledChallenge, 1] },
    };

    [Theory]
    [MemberData(nameof(Signed))]
    public async Task A_challenge_is_signed(string what, byte[] challenge)
    {
        using var peer = new ScriptedPeer();
        var connecting = SanctumClient.ConnectAsync("research-agent", peer.Options);
        using var connection = await peer.AcceptAsync();
        await connection.SignInAsync(what, challenge);
        await using var client = await connecting;
    }

    [Theory]
    [MemberData(nameof(NotSigned))]
    public Task What_is_no_challenge_is_not_signed(string what, byte[] challenge) =>
        IsNotSigned(what, Convert.ToHexStringLower(challenge), requireLabel: false);

    [Fact]
    public Task What_is_not_hex_is_not_signed() => IsNotSigned("not hex", "zz", requireLabel: false);

    [Fact]
    public Task Where_the_label_is_required_bare_bytes_are_not_signed() =>
        IsNotSigned("bare", new string('a', 64), requireLabel: true);

    [Fact]
    public async Task Where_the_label_is_required_a_labelled_challenge_is_signed()
    {
        using var peer = new ScriptedPeer();
        var options = peer.Options;
        options.RequireLabelledChallenge = true;
        var (client, connection) = await peer.ConnectAsync(options);
        await client.DisposeAsync();
        connection.Dispose();
    }

    private static async Task IsNotSigned(string what, string challenge, bool requireLabel)
    {
        using var peer = new ScriptedPeer();
        var options = peer.Options;
        options.RequireLabelledChallenge = requireLabel;
        var connecting = SanctumClient.ConnectAsync("research-agent", options);
        using var connection = await peer.AcceptAsync();
        await connection.ReplyAsync(await connection.ReadAsync("authenticate"), $$"""{"session_id":"{{what}}","challenge":"{{challenge}}"}""");
        await Assert.ThrowsAsync<AuthException>(() => connecting);
        Assert.True(await connection.IsClosedByClientAsync(), "the client went on");
    }
}
