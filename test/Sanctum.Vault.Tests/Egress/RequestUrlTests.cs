using Sanctum.Destinations;
using Sanctum.Egress;

namespace Sanctum.Tests.Egress;

public sealed class RequestUrlTests
{
    [Theory]
    [InlineData("https://api.example.com", "https://api.example.com", "/", "")]
    [InlineData("https://api.example.com/", "https://api.example.com", "/", "")]
    [InlineData("HTTPS://API.Example.com/v1", "https://api.example.com", "/v1", "")]
    [InlineData("https://api.example.com:443/v1", "https://api.example.com", "/v1", "")]
    [InlineData("https://api.example.com:8443/v1?a=b&c", "https://api.example.com:8443", "/v1", "?a=b&c")]
    [InlineData("https://api.example.com?a=b", "https://api.example.com", "/", "?a=b")]
    [InlineData("http://127.0.0.1:8080/x", "http://127.0.0.1:8080", "/x", "")]
    [InlineData("https://[2606:4700::1111]/x", "https://[2606:4700::1111]", "/x", "")]
    [InlineData("https://h/a%2Fb%20c/~d;e=f,g@h:i!$&'()*+", "https://h", "/a%2Fb%20c/~d;e=f,g@h:i!$&'()*+", "")]
    [InlineData("https://h/a//b", "https://h", "/a//b", "")]
    [InlineData("https://h/?expand[]=data.x&q=a%20b/?", "https://h", "/", "?expand[]=data.x&q=a%20b/?")]
    [InlineData("https://h/...", "https://h", "/...", "")]
    [InlineData("https://h/%7Euser/%41", "https://h", "/%7Euser/%41", "")]
    [InlineData("https://h/bot{secret}/send", "https://h", "/bot{secret}/send", "")]
    [InlineData("https://h/bot%7Bsecret%7D/send", "https://h", "/bot{secret}/send", "")]
    [InlineData("https://h/bot%7bsecret%7d/send", "https://h", "/bot{secret}/send", "")]
    [InlineData("https://h/bot{secret%7d/send", "https://h", "/bot{secret}/send", "")]
    [InlineData("https://h/%7BSecret%7D", "https://h", "/%7BSecret%7D", "")]
    [InlineData("https://h/users/dependabot[bot]?a[]=[b]", "https://h", "/users/dependabot[bot]", "?a[]=[b]")]
    [InlineData("https://h/a|b^c`d{e}\"<f>?a|b^c`d{e}\"<f>", "https://h", "/a%7Cb%5Ec%60d%7Be%7D%22%3Cf%3E", "?a%7Cb%5Ec%60d%7Be%7D%22%3Cf%3E")]
    public void A_url_is_sent_as_it_was_checked(string text, string origin, string path, string query)
    {
        var url = RequestUrl.Parse(text);
        Assert.Equal((origin, path, query), (url.Origin.ToString(), url.Path, url.Query));
        if (!url.HasPlaceholder)
        {
            var sent = url.ToUri();
            Assert.Equal(path + query, sent.PathAndQuery);
            Assert.Equal(url.Origin.Host, sent.Host);
            Assert.Equal(url.Origin.Port, sent.Port);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("api.example.com/v1")]
    [InlineData("//api.example.com/v1")]
    [InlineData("/v1")]
    [InlineData("ftp://api.example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https:/api.example.com/")]
    [InlineData("https:\\\\api.example.com\\")]
    [InlineData("https://")]
    [InlineData("https:///v1")]
    [InlineData(" https://api.example.com/")]
    [InlineData("https://api.example.com /")]
    [InlineData("https://api.example.com\t/")]
    [InlineData("https://api.example.com\\@evil.example/")]
    [InlineData("https://user@api.example.com/")]
    [InlineData("https://api.example.com:pass@evil.example/")]
    [InlineData("https://api.example.com@evil.example/")]
    [InlineData("https://api.example.com%40evil.example/")]
    [InlineData("https://api%2eexample.com/")]
    [InlineData("https://api.example.com./")]
    [InlineData("https://.api.example.com/")]
    [InlineData("https://api..example.com/")]
    [InlineData("https://api_example.com/")]
    [InlineData("https://\u0430pi.example.com/")]
    [InlineData("https://api\u3002example.com/")]
    [InlineData("https://\u2460\u2466.example.com/")]
    [InlineData("https://api.example.com:/")]
    [InlineData("https://api.example.com:0/")]
    [InlineData("https://api.example.com:0443/")]
    [InlineData("https://api.example.com:65536/")]
    [InlineData("https://api.example.com:+443/")]
    [InlineData("https://api.example.com: 443/")]
    [InlineData("https://[::1%25eth0]/")]
    [InlineData("https://[::FFFF:127.0.0.1]:x/")]
    [InlineData("https://[0:0:0:0:0:0:0:1]/")]
    [InlineData("https://[::1/")]
    [InlineData("https://::1/")]
    [InlineData("https://h/#fragment")]
    [InlineData("https://h/a b")]
    [InlineData("https://h/a\r\nHost: evil.example")]
    [InlineData("https://h/a\0b")]
    [InlineData("https://h/\u00e4")]
    [InlineData("https://h/a\\b")]
    [InlineData("https://h/%")]
    [InlineData("https://h/%2")]
    [InlineData("https://h/%zz")]
    [InlineData("https://h/?a=%")]
    [InlineData("https://h/?a={secret}")]
    [InlineData("https://h/?a=%7Bsecret%7D")]
    [InlineData("https://h/{a}/../b")]
    [InlineData("https://{h}/")]
    [InlineData("https://h|h/")]
    public void What_could_be_read_in_two_ways_is_refused(string text) => Refused(text);

    [Theory]
    [InlineData("/a/../b")]
    [InlineData("/..")]
    [InlineData("/./b")]
    [InlineData("/a/.")]
    [InlineData("/a/%2e%2e/b")]
    [InlineData("/a/.%2E/b")]
    [InlineData("/a/%252e%252e/b")]
    [InlineData("/a/..%2fb")]
    [InlineData("/a%2f..%2fb")]
    [InlineData("/a%5c..%5cb")]
    [InlineData("/a/..;/b")]
    [InlineData("/a/..;x=y/b")]
    [InlineData("/a/%2e%2e;/b")]
    [InlineData("/a/%2e%2e%3b/b")]
    [InlineData("/a/..%00/b")]
    [InlineData("/a/.%09./b")]
    [InlineData("/a/%0d%2e%2e%0a/b")]
    [InlineData("/a/..%20/b")]
    [InlineData("/a/..%2500%2f/b")]
    [InlineData("/a/.%7f")]
    [InlineData("/a/..%23")]
    [InlineData("/a/..%3f/b")]
    [InlineData("/a/%2e%2e%23b")]
    [InlineData("/a/..%2523")]
    [InlineData("/a%2f..%3Fb")]
    public void No_path_climbs_out_of_itself_in_any_disguise(string path) => Refused("https://h" + path);

    // Every range of Default_Ignorable_Code_Point in DerivedCoreProperties.txt, Unicode 16: shown as nothing, and dropped by name preparation.
    [Theory]
    [InlineData(0x00AD, 0x00AD)]
    [InlineData(0x034F, 0x034F)]
    [InlineData(0x061C, 0x061C)]
    [InlineData(0x115F, 0x1160)]
    [InlineData(0x17B4, 0x17B5)]
    [InlineData(0x180B, 0x180F)]
    [InlineData(0x200B, 0x200F)]
    [InlineData(0x202A, 0x202E)]
    [InlineData(0x2060, 0x206F)]
    [InlineData(0x3164, 0x3164)]
    [InlineData(0xFE00, 0xFE0F)]
    [InlineData(0xFEFF, 0xFEFF)]
    [InlineData(0xFFA0, 0xFFA0)]
    [InlineData(0xFFF0, 0xFFF8)]
    [InlineData(0x1BCA0, 0x1BCA3)]
    [InlineData(0x1D173, 0x1D17A)]
    [InlineData(0xE0000, 0xE0FFF)]
    public void A_path_with_an_invisible_character_is_unclear(int first, int last)
    {
        for (var value = first; value <= last; value++)
        {
            var path = string.Concat(System.Text.Encoding.UTF8.GetBytes(char.ConvertFromUtf32(value)).Select(octet => $"%{octet:X2}"));
            Assert.True(RequestUrl.Parse($"https://h/v1/a{path}b").HasUnclearPath, $"U+{value:X4}");
        }
    }

    [Fact]
    public void A_url_has_a_limit()
    {
        Refused("https://h/" + new string('a', RequestUrl.MaxLength));
        Refused("https://h/" + new string('|', RequestUrl.MaxLength / 2));
        _ = RequestUrl.Parse("https://h/" + new string('a', RequestUrl.MaxLength - 10));
    }

    [Theory]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    [InlineData("0177.0.0.1")]
    [InlineData("1.1")]
    public void An_address_has_one_spelling(string host) => Refused($"https://{host}/");

    private static void Refused(string text)
    {
        var refused = Assert.Throws<VaultException>(() => RequestUrl.Parse(text));
        Assert.Equal(VaultErrorCode.InvalidParams, refused.Code);
        Assert.Equal("url", refused.Context!["member"]);
        Assert.DoesNotContain("evil", refused.Message, StringComparison.Ordinal);
    }
}
