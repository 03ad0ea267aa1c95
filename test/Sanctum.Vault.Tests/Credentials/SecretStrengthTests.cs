using System.Text;
using Sanctum.Credentials;

namespace Sanctum.Tests.Credentials;

public sealed class SecretStrengthTests
{
    [Theory]
    [InlineData("winter042")]
    [InlineData("Summer2024!")]
    [InlineData("hunter2hunter2hunter2")]
    [InlineData("correct horse battery staple")]
    [InlineData("password")]
    [InlineData("P@ssw0rd2025!!")]
    [InlineData("1234567890123456")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("abcdefghijklmnopqrstuvwxyz")]
    [InlineData("qwertyuiopasdfghjkl")]
    [InlineData("db-password-production")]
    [InlineData("x7Kq2m9")]
    public void A_secret_that_can_be_guessed_is_warned_about(string secret)
    {
        var warning = SecretStrength.Warning(Encoding.UTF8.GetBytes(secret), null);
        Assert.Contains("can be guessed", warning, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, warning, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("sk-live/9fQ2+x7ZtPqLw0==")]
    [InlineData("4f8a1c9e2b7d60359c1e8f4a2d7b6350")]
    [InlineData("ghp_16C7e42F292c6912E7710c838347Ae178B4a")]
    [InlineData("xK9#mQ2$vL7!pR4@")]
    public void A_random_one_is_not(string secret) => Assert.Null(SecretStrength.Warning(Encoding.UTF8.GetBytes(secret), null));

    [Fact]
    public void Only_the_password_counts_of_a_user_and_a_password()
    {
        Assert.NotNull(SecretStrength.Warning("xK9#mQ2$vL7!pR4@:secret12"u8, "basic"));
        Assert.Null(SecretStrength.Warning("ada:xK9#mQ2$vL7!pR4@"u8, "basic"));
    }

    /// <summary>Looking further than any word is long at each letter would take a quarter of an hour here.</summary>
    [Theory]
    [InlineData("x")]
    [InlineData("a")]
    [InlineData("xa")]
    [InlineData("Xylophone")]
    public async Task A_long_secret_costs_no_more_than_its_length(string piece)
    {
        var secret = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(piece, 1_048_576 / piece.Length)));
        Assert.InRange(await Task.Run(() => SecretStrength.Bits(secret)).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken), 0, 64);
    }
}
