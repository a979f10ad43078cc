/**
 * The catalogs of the two shops that come with the simulator, one product a line:
 *
 *   title | type | vendor | tags | price | cost as a share of the price, or - | options | collections
 *
 * Options are `Name: value, value (+surcharge)`, separated by `;`. A price `89>109` has a compare-at price.
 * A line that starts with `#draft` or `#archived` is a product in that state.
 */

/** "Fell & Fjord": outdoor and home, US dollars. */
export const OUTDOOR_SHOP = `
Ridgeline 2 Tent | Tents | Northfell | camping, 3-season, bestseller | 329.00 | 0.52 | Color: Moss, Slate | Camp; Bestsellers
Ridgeline 3 Tent | Tents | Northfell | camping, 3-season | 399.00 | 0.53 | Color: Moss, Slate | Camp
Basecamp 4 Family Tent | Tents | Northfell | camping, family | 549.00>629.00 | 0.55 | Color: Sand, Slate | Camp; Sale
Solo Bivy Shelter | Tents | Northfell | ultralight | 189.00 | 0.48 | - | Camp; Ultralight
Tarp 3x3 | Tents | Northfell | camping, ultralight | 94.00 | 0.44 | Color: Moss, Sand, Ember | Camp; Ultralight
Larch 0 Sleeping Bag | Sleeping Bags | Northfell | down, winter | 389.00 | 0.57 | Length: Regular, Long (+20) | Camp; Winter
Larch 20 Sleeping Bag | Sleeping Bags | Northfell | down, 3-season, bestseller | 279.00 | 0.55 | Length: Regular, Long (+20) | Camp; Bestsellers
Fern Summer Quilt | Sleeping Bags | Northfell | synthetic, summer | 149.00>179.00 | 0.46 | Length: Regular, Long (+15); Color: Fern, Dusk | Camp; Sale
Cirrus Sleeping Pad | Sleeping Pads | Airloft | inflatable, ultralight | 139.00 | 0.50 | Size: Regular, Wide (+20), Long Wide (+35) | Camp; Ultralight
Granite Foam Pad | Sleeping Pads | Airloft | foam | 44.95 | 0.41 | Color: Grey, Ember | Camp
Cloud Camp Pillow | Sleeping Pads | Airloft | travel | 34.95 | 0.36 | Color: Dusk, Fern, Sand | Camp; Gifts
Traverse Pack 28 | Backpacks | Holt & Vale | daypack, bestseller | 139.00 | 0.47 | Color: Ember, Moss, Ink | Packs; Bestsellers
Traverse Pack 45 | Backpacks | Holt & Vale | trekking | 199.00 | 0.49 | Color: Ember, Ink; Back Length: S/M, M/L | Packs
Traverse Pack 65 | Backpacks | Holt & Vale | trekking, expedition | 259.00>299.00 | 0.51 | Color: Moss, Ink; Back Length: S/M, M/L | Packs; Sale
City Rolltop 22 | Backpacks | Holt & Vale | commute, recycled | 109.00 | 0.43 | Color: Ink, Sand, Fern | Packs; Gifts
Quiver Hip Pack | Backpacks | Holt & Vale | running | 49.00 | 0.40 | Color: Ember, Ink | Packs
Harbor Duffel | Bags | Holt & Vale | travel, waterproof | 129.00 | 0.45 | Size: 40 L, 60 L (+20), 90 L (+45); Color: Ink, Ember | Packs; Travel
Packing Cube Set | Bags | Holt & Vale | travel | 39.00 | 0.33 | Color: Ink, Sand | Travel; Gifts
Dry Bag | Bags | Holt & Vale | waterproof, paddling | 24.00 | 0.35 | Size: 5 L, 10 L (+5), 20 L (+11), 35 L (+19) | Paddle; Travel
Waxed Canvas Tote | Bags | Tannery Row | canvas, leather | 98.00 | 0.44 | Color: Tan, Olive, Navy | Home; Gifts
Leather Key Loop | Accessories | Tannery Row | leather, gift | 18.00 | 0.28 | Color: Tan, Black | Gifts
Field Notes Wallet | Accessories | Tannery Row | leather, gift | 64.00 | 0.38 | Color: Tan, Black | Gifts
Summit Shell Jacket | Jackets | Ardent | waterproof, 3-layer, bestseller | 379.00 | 0.49 | Size: XS, S, M, L, XL; Color: Ink, Ember | Wear; Bestsellers
Drizzle Rain Jacket | Jackets | Ardent | waterproof, packable | 159.00>189.00 | 0.45 | Size: S, M, L, XL; Color: Fern, Dusk | Wear; Sale
Hearth Down Jacket | Jackets | Ardent | down, winter | 299.00 | 0.52 | Size: S, M, L, XL; Color: Ink, Moss | Wear; Winter
Breeze Wind Shirt | Jackets | Ardent | running, ultralight | 99.00 | 0.42 | Size: S, M, L | Wear; Ultralight
Merino Base Layer Top | Base Layers | Woolmark Lane | merino, bestseller | 89.00 | 0.46 | Size: XS, S, M, L, XL; Color: Black, Dusk | Wear; Bestsellers
Merino Base Layer Bottom | Base Layers | Woolmark Lane | merino | 84.00 | 0.46 | Size: XS, S, M, L, XL | Wear
Merino Crew Sweater | Knitwear | Woolmark Lane | merino | 139.00 | 0.48 | Size: S, M, L, XL; Color: Oat, Navy | Wear; Winter
Lambswool Fisherman Sweater | Knitwear | Woolmark Lane | lambswool, winter | 169.00 | - | Size: S, M, L, XL | Wear; Winter
Merino Hiking Socks | Socks | Woolmark Lane | merino, bestseller | 24.00 | 0.37 | Size: S, M, L | Wear; Bestsellers; Gifts
Merino Liner Socks | Socks | Woolmark Lane | merino | 17.00 | 0.35 | Size: S, M, L | Wear
Ribbed Wool Beanie | Hats | Woolmark Lane | wool, winter | 32.00>38.00 | 0.34 | Color: Oat, Navy, Moss, Ember | Wear; Winter; Gifts; Sale
Sun Cap | Hats | Ardent | summer, upf50 | 34.00 | 0.33 | Color: Sand, Ink | Wear
Trail Gloves | Gloves | Ardent | touchscreen | 42.00 | 0.39 | Size: S, M, L | Wear; Winter
Ibex Trekking Pants | Trousers | Ardent | stretch | 119.00 | 0.44 | Size: 28, 30, 32, 34, 36 | Wear
Creekside Shorts | Trousers | Ardent | summer, swim | 69.00 | 0.40 | Size: S, M, L, XL | Wear
Kestrel Trail Runner | Footwear | Strider | running, vegan, bestseller | 144.00 | 0.53 | Size: 7, 8, 9, 10, 11, 12 | Footwear; Bestsellers
Kestrel Mid GTX | Footwear | Strider | hiking, waterproof | 184.00 | 0.54 | Size: 7, 8, 9, 10, 11, 12 | Footwear
Fjord Leather Boot | Footwear | Strider | leather, resoleable | 289.00 | 0.56 | Size: 8, 9, 10, 11, 12 | Footwear; Winter
Camp Clog | Footwear | Strider | camping | 59.00>69.00 | 0.42 | Size: S, M, L, XL | Footwear; Sale
River Sandal | Footwear | Strider | paddling, summer | 94.00 | 0.47 | Size: 7, 8, 9, 10, 11 | Footwear; Paddle
Cork Insole | Footwear | Strider | repair | 29.00 | 0.30 | Size: S, M, L | Footwear
Ember Canister Stove | Cooking | Kettle Works | stove, ultralight | 54.95 | 0.45 | - | Camp; Ultralight
Twin Burner Stove | Cooking | Kettle Works | stove, family | 139.00 | 0.52 | - | Camp
Titanium Mug 450 | Cooking | Kettle Works | titanium, gift | 39.00 | 0.41 | - | Camp; Gifts; Ultralight
Titanium Pot 900 | Cooking | Kettle Works | titanium | 64.00 | 0.43 | - | Camp; Ultralight
Nesting Cook Set | Cooking | Kettle Works | family | 84.00>99.00 | 0.47 | Persons: 2, 4 (+30) | Camp; Sale
Long Spoon | Cooking | Kettle Works | titanium | 14.00 | 0.29 | Color: Grey, Ember | Camp; Gifts
Enamel Mug | Kitchen | Kettle Works | enamel, gift, bestseller | 16.00 | 0.27 | Color: Cream, Navy, Forest, Rust | Home; Gifts; Bestsellers
Enamel Plate Set | Kitchen | Kettle Works | enamel | 48.00 | 0.33 | Color: Cream, Navy | Home
Pour Over Set | Kitchen | Clay & Co | coffee, ceramic | 58.00 | 0.40 | Color: Chalk, Slate | Home; Gifts
Hand Grinder | Kitchen | Clay & Co | coffee | 79.00 | 0.48 | - | Home; Gifts
Stoneware Bowl | Kitchen | Clay & Co | ceramic | 22.00 | 0.31 | Color: Chalk, Slate, Moss | Home
Stoneware Dinner Plate | Kitchen | Clay & Co | ceramic | 26.00 | 0.32 | Color: Chalk, Slate, Moss | Home
Olive Wood Board | Kitchen | Clay & Co | wood | 54.00 | - | Size: Small, Large (+24) | Home; Gifts
Cast Iron Skillet | Kitchen | Kettle Works | cast iron | 69.00 | 0.46 | Size: 8 in, 10 in (+12), 12 in (+26) | Home; Camp
Insulated Bottle | Drinkware | Tarn | steel, bestseller | 34.00 | 0.38 | Size: 500 ml, 750 ml (+5), 1 L (+9); Color: Ink, Moss, Ember | Drink; Bestsellers
Travel Tumbler | Drinkware | Tarn | steel, commute | 29.00 | 0.37 | Color: Ink, Cream, Rust | Drink; Travel; Gifts
Soft Flask | Drinkware | Tarn | running | 21.00 | 0.34 | Size: 250 ml, 500 ml (+3) | Drink; Ultralight
Gravity Water Filter | Drinkware | Tarn | water, safety | 119.00 | 0.51 | Size: 2 L, 4 L (+20) | Drink; Camp
Squeeze Filter | Drinkware | Tarn | water, ultralight | 44.00 | 0.44 | - | Drink; Ultralight
Beacon 400 Headlamp | Lighting | Lumen Peak | rechargeable, bestseller | 59.00 | 0.42 | Color: Black, Ember | Light; Bestsellers
Beacon 800 Headlamp | Lighting | Lumen Peak | rechargeable | 99.00 | 0.45 | - | Light
Camp Lantern | Lighting | Lumen Peak | rechargeable, family | 64.00>79.00 | 0.43 | Color: Moss, Cream | Light; Camp; Sale
String Lights 10 m | Lighting | Lumen Peak | garden, gift | 39.00 | 0.36 | - | Light; Home; Gifts
Walnut Desk Lamp | Lighting | Clay & Co | wood, office | 149.00 | 0.50 | - | Home; Light
Carbon Trekking Poles | Poles | Holt & Vale | carbon, ultralight | 159.00 | 0.47 | Length: 110 cm, 120 cm, 130 cm | Ultralight; Packs
Cork Grip Poles | Poles | Holt & Vale | aluminium | 99.00 | 0.44 | - | Packs
Touring Paddle | Paddling | Tarn | carbon | 239.00 | 0.54 | Length: 210 cm, 220 cm, 230 cm | Paddle
River Vest | Paddling | Tarn | safety | 119.00 | 0.48 | Size: S/M, L/XL, XXL; Color: Ember, Ink | Paddle
Inflatable Kayak | Paddling | Tarn | inflatable | 649.00>749.00 | 0.58 | Seats: 1, 2 (+180) | Paddle; Sale
Linen Duvet Cover | Bedding | Hollow Hill | linen | 219.00 | 0.49 | Size: Twin, Queen (+30), King (+60); Color: Oat, Sage | Home
Linen Pillowcase Pair | Bedding | Hollow Hill | linen | 69.00 | 0.44 | Color: Oat, Sage, Clay | Home; Gifts
Wool Throw | Bedding | Hollow Hill | wool, winter, gift | 129.00 | 0.46 | Color: Oat, Forest, Rust | Home; Gifts; Winter
Picnic Blanket | Outdoor Living | Hollow Hill | waterproof, family | 79.00>95.00 | 0.42 | Color: Check, Stripe | Home; Camp; Sale
Cotton Hammock | Outdoor Living | Hollow Hill | garden | 109.00 | 0.43 | Color: Sand, Fern | Home; Camp
Folding Camp Chair | Outdoor Living | Northfell | family | 89.00 | 0.45 | Color: Moss, Ink, Sand | Camp; Home
Low Camp Table | Outdoor Living | Northfell | aluminium | 119.00 | 0.47 | - | Camp
Fire Pit | Outdoor Living | Kettle Works | steel, garden | 249.00 | 0.55 | Size: 15 in, 19 in (+100) | Home; Camp
Beeswax Candle | Home Fragrance | Hollow Hill | gift | 24.00 | 0.26 | Scent: Cedar, Meadow, Smoke | Home; Gifts
Cedar Incense | Home Fragrance | Hollow Hill | gift | 15.00 | - | - | Home; Gifts
First Aid Kit | Safety | Lumen Peak | safety | 49.00 | 0.40 | Size: Solo, Group (+36) | Camp; Travel
Bear Spray Holster | Safety | Lumen Peak | safety | 28.00 | 0.38 | - | Camp
Repair Tape | Care | Northfell | repair | 9.95 | 0.22 | Color: Clear, Black | Camp; Care
Down Wash | Care | Ardent | care | 14.95 | 0.31 | Size: 300 ml, 1 L (+18) | Care
Waterproofing Spray | Care | Ardent | care | 17.95 | 0.30 | - | Care
Trail Snack Sampler | Food | Pantry North | food, gift | 29.50 | 0.58 | Pack: 6 bars, 12 bars (+24) | Camp; Gifts
Camp Coffee | Food | Pantry North | coffee, food | 16.50 | 0.55 | Roast: Medium, Dark; Size: 250 g, 1 kg (+36) | Camp; Home
#draft Winter Expedition Bib | Trousers | Ardent | winter, new | 349.00 | 0.50 | Size: S, M, L, XL | Winter
#archived Trail Map Set 2019 | Accessories | Pantry North | maps | 19.00 | - | - |
`;

/** "Kissa Hoshi": tea and tableware, Japanese yen (no decimals). */
export const TEA_SHOP = `
Sencha Asatsuyu | Tea | Hoshi Tea Garden | green, loose leaf, bestseller | 1880 | 0.42 | Weight: 50 g, 100 g (+1500), 200 g (+4300) | Tea; Bestsellers
Sencha Fukamushi | Tea | Hoshi Tea Garden | green, loose leaf | 1580 | 0.41 | Weight: 50 g, 100 g (+1300), 200 g (+3700) | Tea
Gyokuro First Flush | Tea | Hoshi Tea Garden | green, shaded | 3680 | 0.48 | Weight: 50 g, 100 g (+3200) | Tea; Gifts
Matcha Ceremonial | Tea | Hoshi Tea Garden | matcha, bestseller | 4280 | 0.50 | Weight: 30 g, 100 g (+8600) | Tea; Bestsellers
Matcha Kitchen Grade | Tea | Hoshi Tea Garden | matcha | 1480>1780 | 0.44 | Weight: 100 g, 500 g (+4900) | Tea; Sale
Hojicha Dark Roast | Tea | Kiyomizu Roastery | roasted | 980 | 0.36 | Weight: 80 g, 200 g (+1100) | Tea
Genmaicha | Tea | Kiyomizu Roastery | roasted, rice | 880 | 0.35 | Weight: 80 g, 200 g (+980) | Tea
Wakocha Black Tea | Tea | Hoshi Tea Garden | black | 1680 | 0.43 | Weight: 50 g, 100 g (+1400) | Tea
Mugicha Barley Tea | Tea | Kiyomizu Roastery | caffeine free, summer | 640 | 0.30 | Bags: 20, 50 (+760) | Tea
Yuzu Green Blend | Tea | Kiyomizu Roastery | blend, gift | 1280 | 0.38 | - | Tea; Gifts
Tea Sampler | Tea | Hoshi Tea Garden | gift, bestseller | 3200>3600 | 0.46 | Size: 5 teas, 10 teas (+2800) | Gifts; Bestsellers; Sale
Kyusu Teapot | Teaware | Tokoname Kiln 7 | ceramic | 8800 | 0.52 | Volume: 240 ml, 360 ml (+1600); Color: Shudei, Black | Teaware
Hohin Teapot | Teaware | Tokoname Kiln 7 | ceramic | 7600 | 0.51 | Color: White, Celadon | Teaware
Cast Iron Tetsubin | Teaware | Nanbu Iron | cast iron | 24800 | 0.57 | Volume: 0.6 L, 1.0 L (+7000) | Teaware; Gifts
Yunomi Cup | Teaware | Tokoname Kiln 7 | ceramic | 1800 | 0.40 | Color: Ash, Celadon, Tenmoku, White | Teaware
Matcha Bowl | Teaware | Mashiko Studio | ceramic, handmade | 6400 | - | Glaze: Ash, Tenmoku, Shino | Teaware; Gifts
Bamboo Whisk | Teaware | Takayama Bamboo | bamboo | 2400 | 0.45 | Prongs: 80, 100 (+400) | Teaware; Bestsellers
Whisk Holder | Teaware | Mashiko Studio | ceramic | 1400 | 0.39 | - | Teaware
Tea Scoop | Teaware | Takayama Bamboo | bamboo | 900 | 0.33 | - | Teaware
Tea Caddy Cherry Bark | Teaware | Kakunodate | wood, handmade | 9800 | 0.55 | Size: 100 g, 200 g (+2600) | Teaware; Gifts
Glass Cold Brew Bottle | Teaware | Hario Lane | glass, summer | 2200>2600 | 0.43 | Volume: 300 ml, 750 ml (+600) | Teaware; Sale
Indigo Noren Curtain | Textiles | Awa Indigo | cotton, indigo | 7200 | 0.47 | Pattern: Waves, Plain | Home
Furoshiki Cloth | Textiles | Awa Indigo | cotton, gift | 1900 | 0.36 | Pattern: Waves, Cranes, Plain | Home; Gifts
Tenugui Towel | Textiles | Awa Indigo | cotton, gift | 1200 | 0.32 | Pattern: Waves, Stars, Plain, Fans | Home; Gifts
Hinoki Incense | Home | Awaji Incense | incense | 1100 | 0.31 | - | Home; Gifts
#draft New Year Tea Set 2027 | Tea | Hoshi Tea Garden | gift, seasonal | 5800 | 0.49 | - | Gifts
`;
