using Sanctum.Egress.Aws;

namespace Sanctum.Tests.Egress.Aws;

public sealed class CanonicalUriTests
{
    [Theory]
    [InlineData("", "/", "/")]
    [InlineData("/", "/", "/")]
    [InlineData("/a/b", "/a/b", "/a/b")]
    [InlineData("/a/b/", "/a/b/", "/a/b/")]
    [InlineData("//", "/", "//")]
    [InlineData("//a///b//", "/a/b/", "//a///b//")]
    [InlineData("/a/./b/../c", "/a/c", "/a/./b/../c")]
    [InlineData("/../..", "/", "/../..")]
    [InlineData("/a/../../b", "/b", "/a/../../b")]
    [InlineData("/...", "/...", "/...")]
    [InlineData("/a%20b", "/a%2520b", "/a%20b")]
    [InlineData("/a b", "/a%20b", "/a%20b")]
    [InlineData("/a+b$c:d@e", "/a%2Bb%24c%3Ad%40e", "/a%2Bb%24c%3Ad%40e")]
    [InlineData("/%c3%a4", "/%25c3%25a4", "/%C3%A4")]
    [InlineData("/%7E%41", "/%257E%2541", "/~A")]
    [InlineData("/%ff", "/%25ff", "/%FF")]
    [InlineData("/%2fa", "/%252fa", "//a")]
    [InlineData("/100%", "/100%25", "/100%25")]
    [InlineData("/%zz%4", "/%25zz%254", "/%25zz%254")]
    [InlineData("/ä", "/%C3%A4", "/%C3%A4")]
    public void A_path_is_resolved_and_escaped_once_more_unless_it_is_s3s(string path, string ordinary, string s3)
    {
        Assert.Equal(ordinary, CanonicalUri.OfPath(path, isS3: false));
        Assert.Equal(s3, CanonicalUri.OfPath(path, isS3: true));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("?", "")]
    [InlineData("?a", "a=")]
    [InlineData("?a=", "a=")]
    [InlineData("?=a", "=a")]
    [InlineData("?a=b=c", "a=b%3Dc")]
    [InlineData("?b=1&a=2", "a=2&b=1")]
    [InlineData("?a=2&a=1&a", "a=&a=1&a=2")]
    [InlineData("?a=1&a=1", "a=1&a=1")]
    [InlineData("?B=1&a=1&A=1", "A=1&B=1&a=1")]
    [InlineData("?p-=1&p=2", "p=2&p-=1")]
    [InlineData("?%62=1&a=1", "a=1&b=1")]
    [InlineData("?&a=1&&b=2&", "a=1&b=2")]
    [InlineData("?a=x+y%20z%2bw", "a=x%20y%20z%2Bw")]
    [InlineData("?a=%2f/:@!$'()*,;[]", "a=%2F%2F%3A%40%21%24%27%28%29%2A%2C%3B%5B%5D")]
    [InlineData("?a=%ff%c3%a4", "a=%FF%C3%A4")]
    [InlineData("?a=100%", "a=100%25")]
    [InlineData("?a=-._~%2D%7e", "a=-._~-~")]
    [InlineData("??a", "%3Fa=")]
    [InlineData("?ä=ö", "%C3%A4=%C3%B6")]
    public void A_query_is_sorted_and_escaped_in_one_spelling(string query, string canonical) =>
        Assert.Equal(canonical, CanonicalUri.OfQuery(query));
}
