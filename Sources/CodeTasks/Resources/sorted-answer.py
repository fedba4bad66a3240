# The known wrong answer to smallest-equal, rebuilt from its description: it sorts the list first,
# which moves every value away from the index that the question is about.
class Solution:
    def smallestEqual(self, nums):
        """
        :type nums: List[int]
        :rtype: int
        """
        nums.sort()
        for i in range(len(nums)):
            if i % 10 == nums[i]:
                return i
        return -1
