using Sanctum.Crypto;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Crypto;

[Collection(nameof(ProcessWide))]
public sealed class SecretBytesTests
{
    [Fact]
    public void Disposing_zeroes_the_bytes_and_ends_their_use()
    {
        var secret = new SecretBytes("secret"u8);
        var bytes = secret.Memory;
        Assert.Equal("secret"u8, secret.Span);

        secret.Dispose();

        Assert.Equal(new byte[6], bytes.ToArray());
        Assert.Throws<ObjectDisposedException>(() => secret.Span.Length);
    }

    [Fact]
    public void Memory_that_is_used_again_belongs_to_one_at_a_time()
    {
        var first = new SecretBytes("secret"u8);
        first.Dispose();
        first.Dispose();
        using var second = new SecretBytes(6);
        using var third = new SecretBytes("third!"u8);
        Assert.Equal(new byte[6], second.Span);
        third.Writable[0] = 1;
        Assert.Equal(new byte[6], second.Span);
        Assert.Throws<ObjectDisposedException>(() => first.Memory.Length);
    }

    [Fact]
    public void Printing_one_says_how_long_it_is_and_no_more() =>
        Assert.Equal("[6 secret bytes]", new SecretBytes("secret"u8).ToString());

    [Fact]
    public void A_copy_is_a_copy()
    {
        var source = "secret"u8.ToArray();
        using var secret = new SecretBytes(source);
        source[0] = 0;
        Assert.Equal("secret"u8, secret.Span);
    }
}
