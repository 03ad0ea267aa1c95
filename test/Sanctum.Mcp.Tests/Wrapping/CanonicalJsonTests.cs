using System.Text;
using System.Text.Json;
using Sanctum.Mcp.Wrapping.Pins;

namespace Sanctum.Mcp.Tests.Wrapping;

/// <summary>The vectors of RFC 8785: its appendix B, and the samples of sections 3.2.2 and 3.2.3.</summary>
public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData(0x0000000000000000, "0")]
    [InlineData(0x8000000000000000, "0")]
    [InlineData(0x0000000000000001, "5e-324")]
    [InlineData(0x8000000000000001, "-5e-324")]
    [InlineData(0x7fefffffffffffff, "1.7976931348623157e+308")]
    [InlineData(0xffefffffffffffff, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000, "9007199254740992")]
    [InlineData(0xc340000000000000, "-9007199254740992")]
    [InlineData(0x4430000000000000, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6, "1e+23")]
    [InlineData(0x44b52d02c7e14af7, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4e, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4f, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8d, "0.000001")]
    [InlineData(0x41b3de4355555553, "333333333.3333332")]
    [InlineData(0x41b3de4355555554, "333333333.33333325")]
    [InlineData(0x41b3de4355555555, "333333333.3333333")]
    [InlineData(0x41b3de4355555556, "333333333.3333334")]
    [InlineData(0x41b3de4355555557, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959, "1424953923781206.2")]
    public void A_number_is_written_as_ECMAScript_writes_it(ulong bits, string expected) =>
        Assert.Equal(expected, CanonicalJson.OfNumber(BitConverter.UInt64BitsToDouble(bits)));

    [Theory]
    [InlineData(0x7fffffffffffffff)]
    [InlineData(0x7ff0000000000000)]
    public void What_is_no_number_is_refused(ulong bits) =>
        Assert.Throws<JsonException>(() => CanonicalJson.OfNumber(BitConverter.UInt64BitsToDouble(bits)));

    [Theory]
    [InlineData(
        """{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}""",
        """{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""")]
    [InlineData(
        """{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}""",
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"\u00f6\":\"Latin Small Letter O With Diaeresis\",\"\u20ac\":\"Euro Sign\",\"\U0001f600\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}")]
    [InlineData(""" [ 56 , { "d" : true , "10" : null , "1" : [ ] } ] """, """[56,{"1":[],"10":null,"d":true}]""")]
    public void A_value_has_one_spelling(string json, string expected) => Assert.Equal(expected, Encoding.UTF8.GetString(CanonicalJson.Of(JsonElement.Parse(json))));

    // A property: whatever the spelling, and whatever the number, it is read as the same one.
    [Fact]
    public void Numbers_of_all_kinds_come_back_as_they_were()
    {
        var bits = 0x9E3779B97F4A7C15UL;
        for (var i = 0; i < 200_000; i++)
        {
            bits = (bits * 6364136223846793005UL) + 1442695040888963407UL;
            var number = i % 2 == 0 ? BitConverter.UInt64BitsToDouble(bits) : Math.Round((bits >> 40) / 1000.0, (int)(bits % 4));
            if (double.IsFinite(number))
            {
                Assert.Equal(number, JsonElement.Parse(CanonicalJson.OfNumber(number)).GetDouble());
            }
        }
    }

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("1e999")]
    public void What_is_no_I_JSON_is_refused(string json) => Assert.Throws<JsonException>(() => CanonicalJson.Of(JsonElement.Parse(json)));
}
